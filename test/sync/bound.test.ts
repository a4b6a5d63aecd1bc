import t from 'tap'
import { loadEntities } from '../../src/entities/index.ts'
import { boundOf } from '../../src/sync/index.ts'
import { papers } from './setup.ts'

const list = papers().list

t.test('a list costs a call for each 200 rows, and at least one', async (t) => {
  const entity = papers()
  t.strictSame(boundOf(entity, { records: 2221, due: 7 }), { formula: '⌈records / 200⌉', calls: 12 })
  t.equal(boundOf(entity, { records: 0, due: 0 }).calls, 1)
  t.equal(boundOf(entity, { records: 200, due: 0 }).calls, 1)
  const small = papers(list ? { list: { ...list, paged: false } } : {})
  t.strictSame(boundOf(small, { records: 900, due: 0 }), { formula: '1', calls: 1 })
})

t.test('the documents behind it cost one call each, or one a bulk', async (t) => {
  const single = papers({ details: { when: 'changed' } })
  t.strictSame(boundOf(single, { records: 401, due: 30 }), { formula: '⌈records / 200⌉ + due', calls: 33 })
  const always = papers({ details: { when: 'always' } })
  t.strictSame(boundOf(always, { records: 7, due: 7 }), { formula: '⌈records / 200⌉ + records', calls: 8 })
  const entities = await loadEntities()
  t.strictSame(boundOf(entities.get('inventory_items'), { records: 0, due: 2221 }), {
    formula: '⌈due / 100⌉',
    calls: 23,
  })
  t.strictSame(boundOf(entities.get('product_images'), { records: 0, due: 5 }), { formula: 'due', calls: 5 })
})

t.test('every entity has one', async (t) => {
  for (const entity of (await loadEntities()).list()) {
    const { formula, calls } = boundOf(entity, { records: 1000, due: 10 })
    t.ok(calls > 0 && formula !== 'none', `${entity.name}: ${formula}`)
  }
})
