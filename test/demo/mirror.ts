import { type Db, sql } from '../../db/index.ts'
import { type Entities, type Entity, tableOf } from '../../src/entities/index.ts'
import type { LineTable } from './source.ts'

export interface MirrorRow {
  readonly entity: string
  readonly here: number
  /** Rows that differ from what they were at the start. */
  readonly changed: number
  /** Of those that a full sync leaves to the backfill, how many still lack their document. */
  readonly due: number
  /** Open dead letters. */
  readonly failed: number
}

/** What the tables hold, and what of it this run wrote: `synced_at` moves only when a row changes. */
export async function readMirror(db: Db, entities: Entities, since: string): Promise<readonly MirrorRow[]> {
  const rows: MirrorRow[] = []
  for (const entity of entities.list()) {
    const { name, joins, details } = entity
    const due = details?.when === 'changed' ? sql.ref(details.dueColumn ?? 'detail_due') : sql`false`
    // Whose write moved a row of two sources, the row does not say.
    const changed = joins ? sql`0` : sql`count(*) filter (where synced_at >= ${since}::timestamptz)`
    const { rows: found } = await sql<Omit<MirrorRow, 'entity'>>`
      select count(*) filter (where deleted_at is null and ${isShown(entity)}) as here, ${changed} as changed,
        count(*) filter (where deleted_at is null and ${due}) as due,
        (select count(*) from tds_dead_letter_queue where entity_type = ${name} and not resolved) as failed
      from ${sql.table(tableOf(entity))}`.execute(db)
    rows.push(...found.map((row) => ({ entity: name, ...row })))
  }
  return rows
}

/** A row of pictures also says that an item has none, and one that a second source never read is not that source's. */
function isShown({ lane, joins }: Entity) {
  if (joins) return sql`${sql.ref(joins.readAtColumn)} is not null`
  return lane === 'image' ? sql`status <> 'none'` : sql`true`
}

export interface LineRow extends LineTable {
  readonly here: number
  readonly changed: number
  /** Made here from other rows; Zoho does not show them. */
  readonly computed: number
}

export async function readLines(db: Db, tables: readonly LineTable[], since: string): Promise<readonly LineRow[]> {
  const rows: LineRow[] = []
  for (const each of tables) {
    const isComputed = each.table === 'product_prices' ? sql`computed` : sql`false`
    const { rows: found } = await sql<Omit<LineRow, keyof LineTable>>`
      select count(*) filter (where deleted_at is null and not ${isComputed}) as here,
        count(*) filter (where synced_at >= ${since}::timestamptz) as changed,
        count(*) filter (where deleted_at is null and ${isComputed}) as computed
      from ${sql.table(each.table)}`.execute(db)
    rows.push(...found.map((row) => ({ ...each, ...row })))
  }
  return rows
}

export interface Pictures {
  readonly present: number
  readonly broken: number
  readonly refused: number
  /** Known here at all, so that no call is needed while Zoho's picture stays. */
  readonly known: number
}

export async function readPictures(db: Db): Promise<Pictures> {
  const { rows } = await sql<Pictures>`
    select count(*) filter (where status = 'present') as present,
      count(*) filter (where status = 'broken') as broken,
      count(*) filter (where status in ('refused', 'too_large')) as refused,
      count(*) filter (where status <> 'none') as known
    from product_images where deleted_at is null`.execute(db)
  return rows[0] ?? { present: 0, broken: 0, refused: 0, known: 0 }
}

export interface PlaceStock {
  readonly location: string
  readonly rows: number
  readonly on_hand: string
}

export async function readStock(db: Db): Promise<readonly PlaceStock[]> {
  const { rows } = await sql<PlaceStock>`
    select coalesce(w.name, i.zoho_location_id) as location, count(*) as rows,
      coalesce(sum(i.stock_on_hand), 0)::text as on_hand
    from inventory_items i left join warehouses w on w.zoho_location_id = i.zoho_location_id
    where i.deleted_at is null
    group by 1 order by 1`.execute(db)
  return rows
}

export async function databaseNow(db: Db): Promise<string> {
  const { rows } = await sql<{ now: string }>`select clock_timestamp()::text as now`.execute(db)
  return rows[0]?.now ?? ''
}

export async function anImage(db: Db): Promise<string | undefined> {
  const { rows } = await sql<{ image_url: string }>`
    select image_url from products where image_url is not null and is_active order by zoho_item_id limit 1`.execute(db)
  return rows[0]?.image_url
}
