import { type Db, sql } from '../../db/index.ts'
import { type Entity, listViewOf, type MappedRow, tableOf } from '../entities/index.ts'

/** List rows that equal their table rows, and for which nothing else is under way that could change that. */
export async function unchangedIds(db: Db, entity: Entity, records: readonly MappedRow[]): Promise<Set<string>> {
  const input = records.map(({ sourceEntityId, hash }) => ({ id: sourceEntityId, hash }))
  const { rows } = await sql<{ id: string }>`
    select i.id
    from jsonb_to_recordset(${JSON.stringify(input)}::jsonb) as i(id text, hash text)
    join ${sql.table(tableOf(entity))} t on t.${sql.ref(entity.id.column)} = i.id
    where t.deleted_at is null and t.hashes ->> ${listViewOf(entity)} = i.hash
      and not exists (select from tds_sync_queue_live q where q.entity_type = ${entity.name} and q.source_entity_id = i.id)`.execute(
    db,
  )
  return new Set(rows.map((row) => row.id))
}
