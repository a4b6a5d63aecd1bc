import t from 'tap'
import { sql } from '../../db/index.ts'
import type { DeadLetterFilter } from '../../src/dead-letters/index.ts'
import { incoming } from '../inbox/records.ts'
import { inboxOver, until } from '../inbox/setup.ts'
import { deadLettersFor, letter } from './setup.ts'

t.test('each filter finds its letters and no others', async (t) => {
  const { db, deadLetters } = await deadLettersFor(t)
  const a = await letter(db, { source_entity_id: '71', error_message: 'Invalid VALUE passed', ago: '2 days' })
  const b = await letter(db, { source_entity_id: '72', error_code: '22P02', fingerprint: 'one cause' })
  const c = await letter(db, { entity_type: 'inventory_items', source_entity_id: '72' })
  const d = await letter(db, { entity_type: 'invoices', source_entity_id: '90', resolved: true })
  await sql`insert into products (zoho_item_id, sku) values ('71', 'A-1'), ('72', 'B-2')`.execute(db)
  const ids = async (filter: DeadLetterFilter) => {
    const page = await deadLetters.list({ ...filter, limit: 10 })
    t.equal(page.total, page.items.length)
    return page.items.map(({ id }) => id)
  }
  const yesterday = new Date(Date.now() - 86_400_000)
  t.same(await ids({}), [d, c, b, a])
  t.same(await ids({ entity_type: 'inventory_items' }), [c])
  t.same(await ids({ source_entity_id: '72' }), [c, b])
  t.same(await ids({ sku: 'B-2' }), [c, b], 'the stock of the product, too')
  t.same(await ids({ sku: 'b-3' }), [])
  t.same(await ids({ error_code: '22P02' }), [b])
  t.same(await ids({ error: 'invalid value' }), [a])
  t.same(await ids({ error: '%' }), [], 'text is text, no pattern')
  t.same(await ids({ fingerprint: 'one cause' }), [b])
  t.same(await ids({ from: yesterday }), [d, c, b])
  t.same(await ids({ to: yesterday }), [a])
  t.same(await ids({ resolved: true }), [d])
  t.same(await ids({ resolved: false, source_entity_id: '72', entity_type: 'products' }), [b])
})

t.test('a text is found in what the webhooks of the record sent', async (t) => {
  const { db, deadLetters, pool, ...rest } = await deadLettersFor(t)
  const { inbox } = inboxOver(t, { db, pool, ...rest })
  inbox.start()
  await inbox.receive(incoming({ body: Buffer.from('{"item":{"item_id":"46","name":"شاشة"}}') }))
  await until(
    async () =>
      (await db.selectFrom('tds_inbox_events').select('status').execute()).every((e) => e.status === 'promoted'),
    'promotion',
  )
  const id = await letter(db, { source_entity_id: '46' })
  await letter(db, { source_entity_id: '47' })
  const found = async (payload: string) => (await deadLetters.list({ payload, limit: 5 })).items.map((each) => each.id)
  t.same(await found('شاشة'), [id])
  t.same(await found('router'), [])
})
