import { sql, type Tx } from '../../db/index.ts'
import { type Entities, type Entity, type Link, tableOf } from '../entities/index.ts'

/** New parents adopt the children that arrived before them, one UPDATE a foreign key. */
export async function adoptChildren(
  tx: Tx,
  entities: Entities,
  parent: Entity,
  insertedIds: readonly string[],
): Promise<void> {
  if (insertedIds.length === 0) return
  for (const { table, link } of linkedTo(entities, parent)) {
    // The lateral keeps a planner with old statistics from reading the whole child table.
    await sql`
      with adopted as materialized (
        select c.id, p.id as parent_id
        from ${sql.table(link.parent)} p
        cross join lateral (
          select id from ${sql.table(table)}
          where ${sql.ref(link.reference)} = p.${sql.ref(link.parentKey)} and ${sql.ref(link.column)} is null
          offset 0) c
        where p.${sql.ref(link.parentKey)} in (select value from jsonb_array_elements_text(${JSON.stringify(insertedIds)}::jsonb))
      )
      update ${sql.table(table)} c set ${sql.ref(link.column)} = a.parent_id
      from adopted a
      where c.id = a.id and c.id = any (array(select id from adopted))`.execute(tx)
  }
}

interface LinkedTable {
  readonly table: string
  readonly link: Link
}

/** Every table with a foreign key to the parent's: of entities, and of their children. */
function linkedTo(entities: Entities, parent: Entity): readonly LinkedTable[] {
  const all = entities
    .list()
    .flatMap((entity): LinkedTable[] => [
      ...(entity.links ?? []).map((link) => ({ table: tableOf(entity), link })),
      ...(entity.children ?? []).flatMap((child) => (child.links ?? []).map((link) => ({ table: child.table, link }))),
    ])
  return all.filter(({ link }) => link.parent === tableOf(parent))
}
