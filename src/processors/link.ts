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
      // The lateral keeps a planner with old statistics from reading the whole child table.
      await sql`
        with adopted as materialized (
          select c.id, p.id as parent_id
          from ${sql.table(parent.name)} p
          cross join lateral (
            select id from ${sql.table(child.name)}
            where ${sql.ref(link.reference)} = p.${sql.ref(link.parentKey)} and ${sql.ref(link.column)} is null
            offset 0) c
          where p.${sql.ref(link.parentKey)} in (select value from jsonb_array_elements_text(${JSON.stringify(insertedIds)}::jsonb))
        )
        update ${sql.table(child.name)} c set ${sql.ref(link.column)} = a.parent_id
        from adopted a
        where c.id = a.id and c.id = any (array(select id from adopted))`.execute(tx)
    }
  }
}
