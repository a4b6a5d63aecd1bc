import { type Db, sql, type Tx } from '../../../db/index.ts'
import type { Entity } from '../../entities/index.ts'
import { priorities, type WorkRequest } from '../../queue/index.ts'
import type { Difference, VerifyDeps } from './types.ts'

const atOnce = 500

/**
 * Has every record that differs read again, like any other hint. Their hashes are forgotten first, or the writer would
 * take the fresh document for the one it knows; so is a modification time that the source has never had.
 */
export async function requeue(
  { db, enqueue, wake }: Pick<VerifyDeps, 'db' | 'enqueue' | 'wake'>,
  entity: Entity,
  differences: readonly Difference[],
): Promise<number> {
  const ids = [...new Set(differences.map((each) => each.source_entity_id))].toSorted()
  for (let from = 0; from < ids.length; from += atOnce) {
    const part = ids.slice(from, from + atOnce)
    await db.transaction().execute(async (tx) => {
      if (entity.lane === 'read' && !entity.set) await forget(tx, entity, differences, part)
      await enqueue(
        tx,
        part.map((sourceEntityId): WorkRequest => toRequest(entity, sourceEntityId)),
      )
    })
    wake()
  }
  return ids.length
}

const toRequest = ({ name, lane }: Entity, sourceEntityId: string): WorkRequest => ({
  entityType: name,
  sourceEntityId,
  lane,
  priority: priorities.incremental,
})

async function forget(
  tx: Tx,
  entity: Entity,
  differences: readonly Difference[],
  ids: readonly string[],
): Promise<void> {
  const key = sql.ref(entity.id.column)
  const among = (some: readonly string[]) =>
    sql`${key} in (select value from jsonb_array_elements_text(${JSON.stringify(some)}::jsonb))`
  await sql`
    update ${sql.table(entity.name)}
    set hashes = coalesce((select jsonb_object_agg(view, null) from jsonb_object_keys(hashes) as view), '{}')
    where ${among(ids)}`.execute(tx)
  const here = new Set(ids)
  const ahead = differences.filter((each) => here.has(each.source_entity_id) && isAhead(each))
  if (ahead.length === 0) return
  await sql`
    update ${sql.table(entity.name)} set zoho_last_modified_at = null
    where ${among(ahead.map((each) => each.source_entity_id))}`.execute(tx)
}

/** Newer here than at the source: every read from there would count as stale for ever. */
const isAhead = ({ fields = [] }: Difference): boolean =>
  fields.some(
    ({ column, here, source }) =>
      column === 'zoho_last_modified_at' &&
      typeof here === 'string' &&
      (typeof source !== 'string' || Date.parse(here) > Date.parse(source)),
  )

/** Whether any of these records still waits in the queue. */
export async function isUnderWay(db: Db, entityType: string, ids: readonly string[]): Promise<boolean> {
  const { rows } = await sql`
    select from tds_sync_queue_live
    where entity_type = ${entityType}
      and source_entity_id in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)) limit 1`.execute(
    db,
  )
  return rows.length > 0
}
