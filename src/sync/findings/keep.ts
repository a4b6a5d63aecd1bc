import { type Db, sql, type Tx } from '../../../db/index.ts'
import { storableJson } from '../../runtime/index.ts'
import type { Found } from './types.ts'

const atOnce = 5_000

export interface Kept {
  /** Findings that were not open before. */
  readonly opened: number
  /** Findings whose row no longer breaks the rule. */
  readonly resolved: number
}

interface Pass {
  readonly rule: string
  readonly validationId: number
  /** Whether `found` is all there is; otherwise nothing can be said to be over. */
  readonly complete: boolean
}

/**
 * Makes the findings of a rule those that were found now. What the queue is about to change is left as it was: neither
 * opened nor resolved.
 */
export async function keep(db: Db, found: readonly Found[], { rule, validationId, complete }: Pass): Promise<Kept> {
  let opened = 0
  for (let from = 0; from < found.length; from += atOnce)
    opened += await write(db, found.slice(from, from + atOnce), rule, validationId)
  if (!complete) return { opened, resolved: 0 }
  const { numAffectedRows } = await sql`
    update tds_findings f set resolved_at = clock_timestamp()
    where rule = ${rule} and resolved_at is null and validation_id < ${validationId}
      and not exists (
        select from tds_sync_queue_live q
        where q.entity_type = f.entity_type and q.source_entity_id = f.source_entity_id)`.execute(db)
  return { opened, resolved: Number(numAffectedRows ?? 0) }
}

/** An acceptance is of what was seen: another value is news, unless any value was accepted. */
async function write(db: Db, found: readonly Found[], rule: string, validationId: number): Promise<number> {
  const stays = sql`(f.found = excluded.found or f.accepted_any_value)`
  const { rows } = await sql<{ opened: number }>`
    with input as (
      select distinct on (entity_type, source_entity_id, part) *
      from jsonb_to_recordset(${storableJson(found)}::jsonb) as x (
        entity_type text, source_entity_id text, part text, severity text, message text, expected text, found text)
      where not exists (
        select from tds_sync_queue_live q
        where q.entity_type = x.entity_type and q.source_entity_id = x.source_entity_id)
      order by entity_type, source_entity_id, part
    ), known as (
      select i.* from input i join tds_findings f using (entity_type, source_entity_id, part)
      where f.rule = ${rule} and f.resolved_at is null
    ), written as (
      insert into tds_findings as f (
        rule, entity_type, source_entity_id, part, severity, message, expected, found, validation_id)
      select ${rule}, entity_type, source_entity_id, part, severity, message, expected, found, ${validationId}::bigint from input
      order by entity_type, source_entity_id, part
      on conflict (rule, entity_type, source_entity_id, part) do update set
        severity = excluded.severity, message = excluded.message, expected = excluded.expected, found = excluded.found,
        validation_id = greatest(f.validation_id, excluded.validation_id), last_seen = clock_timestamp(), resolved_at = null,
        first_seen = case when f.resolved_at is null then f.first_seen else clock_timestamp() end,
        accepted_at = case when ${stays} then f.accepted_at end,
        accepted_until = case when ${stays} then f.accepted_until end,
        accepted_by = case when ${stays} then f.accepted_by end,
        accepted_reason = case when ${stays} then f.accepted_reason end,
        accepted_any_value = f.accepted_any_value and ${stays}
      returning 1
    )
    select (select count(*) from written) - (select count(*) from known) as opened`.execute(db)
  return Number(rows[0]?.opened ?? 0)
}

/** The small table that statistics and health read; an acceptance that has run out counts as open again. */
export async function recount(tx: Tx): Promise<void> {
  await sql`lock table tds_finding_counts in share row exclusive mode`.execute(tx)
  await sql`delete from tds_finding_counts`.execute(tx)
  await sql`
    insert into tds_finding_counts (rule, entity_type, severity, open, accepted)
    select rule, entity_type, severity,
      count(*) filter (where accepted_until is null or accepted_until <= clock_timestamp()),
      count(*) filter (where accepted_until > clock_timestamp())
    from tds_findings where resolved_at is null group by 1, 2, 3`.execute(tx)
}

const keepDays = 90

/** What has been over for long. */
export async function forgetOld(db: Db): Promise<void> {
  await sql`
    delete from tds_findings where resolved_at < clock_timestamp() - ${keepDays} * interval '1 day'`.execute(db)
  await sql`
    delete from tds_validations where started_at < clock_timestamp() - ${keepDays} * interval '1 day'`.execute(db)
}
