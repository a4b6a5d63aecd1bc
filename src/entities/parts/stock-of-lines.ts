import { sql, type Tx } from '../../../db/index.ts'
import type { ChildSet, Entity, FollowUp, Written } from '../entity.ts'

/**
 * Documents move stock without touching the item, so the items that the lines of a changed document name are asked for
 * again. A full sync reads all stock anyway.
 */
export function stockOfLines({ table, owner }: Pick<ChildSet, 'table' | 'owner'>): NonNullable<Entity['after']> {
  return async (tx, written) => {
    const documents = written.filter(({ view, change }) => view === 'detail' || change === 'deleted')
    return documents.length === 0 ? [] : followUps(await itemsOf(tx, table, owner.reference, documents))
  }
}

const followUps = (items: readonly string[]): FollowUp[] =>
  items.map((sourceEntityId) => ({ entityType: 'inventory_items', sourceEntityId, onlyLive: true }))

async function itemsOf(
  tx: Tx,
  table: string,
  reference: string,
  documents: readonly Written[],
): Promise<readonly string[]> {
  const ids = JSON.stringify(documents.map(({ sourceEntityId }) => sourceEntityId))
  const { rows } = await sql<{ zoho_item_id: string }>`
    select distinct l.zoho_item_id from ${sql.table(table)} l
    where l.${sql.ref(reference)} in (select value from jsonb_array_elements_text(${ids}::jsonb))
      and l.zoho_item_id is not null
    order by l.zoho_item_id`.execute(tx)
  return rows.map((row) => row.zoho_item_id)
}
