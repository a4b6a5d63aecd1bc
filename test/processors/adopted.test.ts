import t from 'tap'
import { loadEntities } from '../../src/entities/index.ts'
import { commitBatch } from '../../src/processors/index.ts'
import { systemClock } from '../../src/runtime/index.ts'
import { context } from '../entities/fixture.ts'
import { rowsOf, write } from '../entities/writing.ts'
import { testDatabase } from '../helpers/database.ts'
import { put, request, someone, take } from '../helpers/queue.ts'

const entities = await loadEntities()

t.test('lines that came before their product are linked by the transaction that brings it', async (t) => {
  const { db } = await testDatabase(t)
  const invoice = {
    invoice_id: '1',
    last_modified_time: '2026-01-01T08:00:00+0000',
    line_items: [{ line_item_id: '11', item_id: '7', quantity: 1 }],
  }
  await write(db, entities.get('invoices'), 'detail', [invoice])
  t.match(await rowsOf(db, 'invoice_items', 'zoho_item_id', 'product_id'), [{ zoho_item_id: '7', product_id: null }])

  await put(db, request('7'))
  const items = await take(db, someone())
  const times = { readAt: '2026-01-02T00:00:00Z', readUntil: '2026-01-02T00:00:01Z' }
  const document = { item_id: '7', name: 'Kettle', status: 'active' }
  const documents = [{ sourceEntityId: '7', view: 'list', document, ...times }]
  const deps = { db, entities, fieldContext: async () => context, clock: systemClock }
  const ended = await commitBatch(deps, { entity: entities.get('products'), items, documents, gone: [] }, 0)
  t.match(ended, [{ outcome: 'written' }])
  const [product] = await rowsOf(db, 'products', 'id')
  t.strictSame(await rowsOf(db, 'invoice_items', 'product_id'), [{ product_id: product?.id }])
})
