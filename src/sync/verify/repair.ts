import { type Db, sql, type Tx } from '../../../db/index.ts'
import { type Entity, tableOf } from '../../entities/index.ts'
import { inSerialOrder, priorities, type WorkRequest } from '../../queue/index.ts'
import type { Tally } from './tally.ts'
import type { Difference, VerifyDeps } from './types.ts'

const atOnce = 500

export type RepairDeps = Pick<VerifyDeps, 'db' | 'enqueue' | 'wake'>

/**
 * Has every record that differs read again, like any other hint; where a list row proved the difference and details have
 * another shape, that row is written. Hashes are forgotten first, or the writer would take the fresh document for the one
 * it knows; so is a modification time that the source has never had.
 * @returns the ids
 */
export async function requeue(
  deps: RepairDeps,
  entity: Entity,
  { differences, documents }: Pick<Tally, 'differences' | 'documents'>,
): Promise<readonly string[]> {
  const ids = [...new Set(differences.map((each) => each.source_entity_id))].toSorted()
  const ahead = new Set(differences.filter(isAhead).map((each) => each.source_entity_id))
  await inParts(deps, ids, async (tx, part) => {
    if (entity.lane === 'read') await forget(tx, entity, part, ahead.intersection(new Set(part)))
    return part.map((id): WorkRequest => {
      const document = documents.get(id)
      return { ...hint(entity, id), ...(document && { document }) }
    })
  })
  return ids
}

/** Asks Zoho for records that rows name and that are not here. */
export async function requestRecords(deps: RepairDeps, entity: Entity, ids: readonly string[]): Promise<void> {
  await inParts(deps, ids, async (_tx, part) => part.map((id) => hint(entity, id)))
}

async function inParts(
  { db, enqueue, wake }: RepairDeps,
  ids: readonly string[],
  requestsOf: (tx: Tx, part: readonly string[]) => Promise<readonly WorkRequest[]>,
): Promise<void> {
  for (let from = 0; from < ids.length; from += atOnce) {
    const part = ids.slice(from, from + atOnce)
    await inSerialOrder(() => db.transaction().execute(async (tx) => enqueue(tx, await requestsOf(tx, part))))
    wake()
  }
}

export const hint = ({ name, lane }: Entity, sourceEntityId: string): WorkRequest => ({
  entityType: name,
  sourceEntityId,
  lane,
  priority: priorities.incremental,
  cause: 'repair',
})

/**
 * Lets the writer take the next document of these records for news.
 * @param ahead those of them that are newer here than at the source
 */
export async function forget(
  tx: Tx,
  entity: Entity,
  ids: readonly string[],
  ahead: ReadonlySet<string>,
): Promise<void> {
  const key = entity.set?.ownerColumn ?? entity.id.column
  const table = sql.table(tableOf(entity))
  const among = (some: readonly string[], column = key) =>
    sql`${sql.ref(column)} in (select value from jsonb_array_elements_text(${JSON.stringify(some)}::jsonb))`
  // Only of our own views: a row may hold those of another source.
  await sql`
    update ${table} set hashes = hashes || coalesce((
      select jsonb_object_agg(view, null) from jsonb_object_keys(hashes) as view
      where view in (select value from jsonb_array_elements_text(${JSON.stringify(Object.keys(entity.views))}::jsonb))), '{}')
    where ${among(ids)}`.execute(tx)
  for (const { table: lines, owner, mode } of entity.children ?? []) {
    if (mode === 'fill') continue
    await sql`update ${sql.table(lines)} set hashes = '{}' where ${among(ids, owner.reference)}`.execute(tx)
  }
  if (ahead.size === 0) return
  await sql`
    update ${table} set zoho_last_modified_at = null
    where ${among([...ahead])}`.execute(tx)
}

/** Newer here than at the source: every read from there would count as stale for ever. */
export const isAhead = ({ fields = [] }: Difference): boolean =>
  fields.some(
    ({ column, here, source, table }) =>
      column === 'zoho_last_modified_at' &&
      table === undefined &&
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
