import { type Db, sql, type Tx } from '../../../db/index.ts'
import { inputError } from '../../errors.ts'
import { storableJson } from '../../runtime/index.ts'
import { linksOf, remedies } from './orphans.ts'
import type { Repair, RepairRequest, RepairSample, RepairState, RepairsDeps } from './repair-types.ts'

interface Member extends RepairSample {
  readonly is_ahead: boolean
}

export function stateOfRepair({ confirmed_at, finished_at, cancelled_at }: Repair): RepairState {
  if (cancelled_at) return 'cancelled'
  if (finished_at) return 'done'
  return confirmed_at ? 'running' : 'preview'
}

/** @throws TdsError `REPAIR_NOT_FOUND` */
export async function getRepair(db: Db, id: string): Promise<Repair> {
  const repair = await db.selectFrom('tds_verify_repairs').selectAll().where('id', '=', id).executeTakeFirst()
  if (repair) return repair
  throw inputError('REPAIR_NOT_FOUND', `There is no repair or preview ${id}; a preview is kept for a day`, 404)
}

/**
 * Names every record that the comparison found different, and what heals the orphans of its entities now. Previews of
 * the day before are forgotten.
 */
export async function freezeRepair(
  tx: Tx,
  deps: Pick<RepairsDeps, 'entities'>,
  id: string,
  { runId, actor, reason }: RepairRequest,
  names: readonly string[],
): Promise<void> {
  await sql`
    delete from tds_verify_repairs where confirmed_at is null and created_at < clock_timestamp() - interval '1 day'`.execute(
    tx,
  )
  await sql`
    insert into tds_verify_repairs (id, run_id, total, actor, reason)
    values (${id}::uuid, ${runId}::uuid, 0, ${actor}, ${reason})`.execute(tx)
  const members = await orphansOf(tx, deps, names)
  await sql`
    with members as (
      select 0 as rank, entity_type, source_entity_id, kind, is_ahead, document
      from tds_verify_differences where run_id = ${runId}::uuid
      union all
      select 1, entity_type, source_entity_id, kind, is_ahead, null
      from jsonb_to_recordset(${storableJson(members)}::jsonb)
        as x (entity_type text, source_entity_id text, kind text, is_ahead boolean)
    ), chosen as (
      select distinct on (entity_type, source_entity_id) * from members order by entity_type, source_entity_id, rank
    ), written as (
      insert into tds_verify_repair_records (repair_id, position, entity_type, source_entity_id, kind, is_ahead, document)
      select ${id}::uuid, row_number() over (order by entity_type, source_entity_id), entity_type, source_entity_id, kind, is_ahead, document
      from chosen returning 1
    )
    update tds_verify_repairs set total = (select count(*) from written) where id = ${id}::uuid`.execute(tx)
}

/** Parents that nobody has asked for, and records whose rows do not point to theirs. */
async function orphansOf(
  tx: Tx,
  { entities }: Pick<RepairsDeps, 'entities'>,
  names: readonly string[],
): Promise<readonly Member[]> {
  const members: Member[] = []
  for (const name of names) {
    const entity = entities.find(name)
    if (!entity) continue
    for (const linked of linksOf(entity)) {
      const { unknown, unlinked } = await remedies(tx, linked)
      const member = (kind: string, entity_type: string) => (id: string) => ({
        entity_type,
        source_entity_id: id,
        kind,
        is_ahead: false,
      })
      members.push(...unlinked.map(member('unlinked', name)))
      if (entities.find(linked.link.parent)?.read) members.push(...unknown.map(member('parent', linked.link.parent)))
    }
  }
  return members
}

export async function samplesOf(db: Db, id: string): Promise<readonly RepairSample[]> {
  const { rows } = await sql<RepairSample>`
    select entity_type, source_entity_id, kind from tds_verify_repair_records
    where repair_id = ${id}::uuid order by position limit 10`.execute(db)
  return rows
}

/** Records by entity whose repair takes a call: those whose list row is here are written without. */
export async function countsOf(db: Db, id: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ entity_type: string; n: number }>`
    select entity_type, count(*) as n from tds_verify_repair_records
    where repair_id = ${id}::uuid and document is null group by 1 order by 1`.execute(db)
  return new Map(rows.map(({ entity_type, n }) => [entity_type, n]))
}
