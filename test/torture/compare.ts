import { type Db, sql } from '../../db/index.ts'
import type { Simulator } from '../simulator/index.ts'
import type { Incarnation } from './incarnation.ts'
import { compareMirror } from './mirror.ts'

/** The service's own proof over every field, and one that knows nothing of it. @throws the differences */
export async function compare(simulator: Simulator, { ctx, signal }: Incarnation, db: Db): Promise<void> {
  const found = await compareMirror(simulator, db)
  if (found.length > 0) throw new Error(`The tables differ from Zoho:\n${found.slice(0, 20).join('\n')}`)
  const names = ctx.entities.list().flatMap(({ name, lane }) => (lane === 'image' ? [] : [name]))
  const report = await ctx.verify.run({ entityTypes: names, everyField: true, signal })
  const told = report.entities.flatMap(({ entity, differences, pending, details_due, unread }) => [
    ...differences.map((each) => `${entity}: ${JSON.stringify(each)}`),
    ...(pending + details_due > 0 ? [`${entity}: ${pending} pending, ${details_due} details due`] : []),
    ...(unread ? [`${entity}: ${unread.code} ${unread.message}`] : []),
  ])
  if (told.length > 0) throw new Error(`verify finds differences:\n${told.slice(0, 20).join('\n')}`)
  await linksHold(db)
}

/** No row points to nothing where what it names is here. */
async function linksHold(db: Db): Promise<void> {
  const links = [
    ['invoices', 'customer_id', 'zoho_customer_id', 'customers', 'zoho_contact_id'],
    ['bills', 'vendor_id', 'zoho_vendor_id', 'suppliers', 'zoho_contact_id'],
    ['invoice_items', 'product_id', 'zoho_item_id', 'products', 'zoho_item_id'],
    ['customer_payment_allocations', 'invoice_id', 'zoho_invoice_id', 'invoices', 'zoho_invoice_id'],
    ['inventory_items', 'product_id', 'zoho_item_id', 'products', 'zoho_item_id'],
    ['product_prices', 'product_id', 'zoho_item_id', 'products', 'zoho_item_id'],
  ] as const
  for (const [table, column, reference, parent, key] of links) {
    const { rows } = await sql<{ id: string }>`
      select t.${sql.ref(reference)} as id from ${sql.table(table)} t join ${sql.table(parent)} p on p.${sql.ref(key)} = t.${sql.ref(reference)}
      where t.${sql.ref(column)} is null`.execute(db)
    if (rows.length > 0) throw new Error(`${table}.${column} is null though ${parent} ${rows[0]?.id} is here`)
  }
}
