import { type Db, sql, type Tx } from '../../db/index.ts'
import type { ActionName, Target } from './types.ts'

/**
 * A record whose repair did not help gets six hours, then a day, then it is left to people: what heals for ever heals
 * nothing and hides the fault.
 */
const nextTry = (tries: ReturnType<typeof sql>) => sql`case ${tries}
  when 1 then clock_timestamp() + interval '6 hours'
  when 2 then clock_timestamp() + interval '1 day'
  else 'infinity' end`

/** In the transaction that enqueues them. */
export async function noteTries(tx: Tx, action: ActionName, targets: readonly Target[]): Promise<void> {
  if (targets.length === 0) return
  const input = targets.map(({ entityType, sourceEntityId }) => ({ t: entityType, s: sourceEntityId }))
  await sql`
    insert into tds_healing_tries as h (action, entity_type, source_entity_id, not_before)
    select distinct ${action}, t, s, ${nextTry(sql`1`)}
    from jsonb_to_recordset(${JSON.stringify(input)}::jsonb) as i(t text, s text)
    on conflict (action, entity_type, source_entity_id) do update set
      tries = h.tries + 1, last_at = clock_timestamp(), not_before = ${nextTry(sql`h.tries + 1`)}`.execute(tx)
}

/** The one try that finds out whether an entity's cause is gone: after 1, 2, 4 … hours, at most a day. */
export async function noteProbe(tx: Tx, action: ActionName, entityType: string): Promise<void> {
  await sql`
    insert into tds_healing_tries as h (action, entity_type, source_entity_id, not_before)
    values (${action}, ${entityType}, '', clock_timestamp() + interval '1 hour')
    on conflict (action, entity_type, source_entity_id) do update set
      tries = h.tries + 1, last_at = clock_timestamp(),
      not_before = clock_timestamp() + least(interval '1 day', interval '1 hour' * 2 ^ least(h.tries, 5))`.execute(tx)
}

export async function mayProbe(db: Db, action: ActionName, entityType: string): Promise<boolean> {
  const { rows } = await sql`
    select from tds_healing_tries
    where action = ${action} and entity_type = ${entityType} and source_entity_id = ''
      and not_before > clock_timestamp()`.execute(db)
  return rows.length === 0
}

export async function forgetProbe(db: Db, action: ActionName, entityType: string): Promise<void> {
  await sql`
    delete from tds_healing_tries
    where action = ${action} and entity_type = ${entityType} and source_entity_id = ''`.execute(db)
}

/** Of these records, those that may be tried now; none that was tried after `since`. */
export async function triable(
  db: Db,
  action: ActionName,
  entityType: string,
  ids: readonly string[],
  since: Date | null = null,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select i.id from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) with ordinality as i(id, place)
    where not exists (
        select from tds_healing_tries h
        where h.action = ${action} and h.entity_type = ${entityType} and h.source_entity_id = i.id
          and (h.not_before > clock_timestamp() or h.last_at >= ${since}::timestamptz))
      and not exists (
        select from tds_sync_queue_live q where q.entity_type = ${entityType} and q.source_entity_id = i.id)
      and not exists (
        select from tds_dead_letter_queue l
        where l.entity_type = ${entityType} and l.source_entity_id = i.id and not l.resolved)
    order by i.place`.execute(db)
  return rows.map(({ id }) => id)
}

export interface TryCounts {
  /** Records that the last try has not helped so far, and that wait for the next. */
  readonly waiting: number
  /** Records that were tried three times in vain and are left to people. */
  readonly given_up: number
}

export async function readTries(db: Db): Promise<ReadonlyMap<string, TryCounts>> {
  const { rows } = await sql<TryCounts & { action: string }>`
    select action,
      count(*) filter (where not_before > clock_timestamp() and not_before < 'infinity')::integer as waiting,
      count(*) filter (where not_before = 'infinity')::integer as given_up
    from tds_healing_tries h
    where source_entity_id <> '' and case when action like 'dead-letters-%' then exists (
        select from tds_dead_letter_queue l
        where l.entity_type = h.entity_type and l.source_entity_id = h.source_entity_id and not l.resolved)
      else tries > 1 end
    group by action`.execute(db)
  return new Map(rows.map(({ action, ...counts }) => [action, counts]))
}
