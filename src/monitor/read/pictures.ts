import { type Db, sql } from '../../../db/index.ts'

export interface Pictures {
  readonly by_status: Readonly<Record<string, number>>
  /** Active products, as operators' own coverage query counts them. */
  readonly products: number
  readonly products_with_images: number
}

/** Image rows by status, and how many active products show one. */
export async function readPictures(db: Db): Promise<Pictures> {
  const { rows } = await sql<Pictures>`
    select
      (select coalesce(jsonb_object_agg(status, n), '{}') from (
        select status, count(*) as n from product_images where deleted_at is null group by status) s) as by_status,
      count(*) as products, count(image_url) as products_with_images
    from products where is_active`.execute(db)
  return rows[0] ?? { by_status: {}, products: 0, products_with_images: 0 }
}
