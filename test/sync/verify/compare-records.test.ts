import t from 'tap'
import { sql } from '../../../db/index.ts'
import { startService } from '../../helpers/service.ts'

t.test('what reading records again would change is told row by row, and nothing is written', async (t) => {
  const service = await startService(t, { simulator: { items: 12 } })
  await service.syncAll()
  await service.quiet()
  const { db, ctx } = service
  const signal = AbortSignal.timeout(20_000)
  const { rows } = await sql<{ id: string }>`select zoho_item_id as id from products order by 1 limit 4`.execute(db)
  const [equal = '', wrong = '', absent = '', deleted = ''] = rows.map(({ id }) => id)
  await sql`update products set name = 'Wrong' where zoho_item_id = ${wrong}`.execute(db)
  await sql`delete from inventory_items where zoho_item_id = ${absent}`.execute(db)
  await sql`delete from products where zoho_item_id = ${absent}`.execute(db)
  await sql`update products set deleted_at = now(), is_active = false where zoho_item_id = ${deleted}`.execute(db)
  const before = await sql`select xmin::text, * from products order by id`.execute(db)

  const nobody = '999'
  const found = await ctx.verify.compare('products', [equal, wrong, absent, deleted, nobody], signal)
  t.strictSame(
    found.map(({ source_entity_id, change }) => [source_entity_id, change]),
    [
      [equal, 'none'],
      [wrong, 'update'],
      [absent, 'insert'],
      [deleted, 'revive'],
      [nobody, 'delete'],
    ],
  )
  t.match(found[1]?.fields, [{ column: 'name', here: 'Wrong', source: String }])
  t.strictSame((await sql`select xmin::text, * from products order by id`.execute(db)).rows, before.rows)

  const [place] = (await sql<{ id: string }>`select zoho_location_id as id from warehouses`.execute(db)).rows
  t.match(await ctx.verify.compare('warehouses', [place?.id ?? ''], signal), [{ change: 'none' }], 'by the list')
  const stopped = await ctx.verify.compare('products', [equal], AbortSignal.abort())
  t.match(stopped, [{ source_entity_id: equal, change: 'unknown', code: String }])
})
