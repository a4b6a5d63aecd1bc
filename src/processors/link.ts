import { sql, type Tx } from '../../db/index.ts'
import type { Entities, Entity } from '../entities/index.ts'

/** New parents adopt the children that arrived before them, one UPDATE a foreign key. */
export async function adoptChildren(
  tx: Tx,
  entities: Entities,
  parent: Entity,
  insertedIds: readonly string[],
): Promise<void> {
  if (insertedIds.length === 0) return
  for (const child of entities.list()) {
    for (const link of child.links ?? []) {
      if (link.parent !== parent.name) continue
      await sql`
        update ${sql.table(child.name)} c set ${sql.ref(link.column)} = p.id
        from ${sql.table(parent.name)} p
        where p.${sql.ref(link.parentKey)} in (select value from jsonb_array_elements_text(${JSON.stringify(insertedIds)}::jsonb))
          and c.${sql.ref(link.reference)} = p.${sql.ref(link.parentKey)} and c.${sql.ref(link.column)} is null`.execute(
        tx,
      )
    }
  }
}
