import t from 'tap'
import { numberOf, textOf } from './json.ts'
import { settingsFrom } from './options.ts'
import { createWorld } from './world.ts'

const itemsOf = (seed: number, items = 2221) => createWorld(settingsFrom({ seed, items })).world.store.all('items')

t.test('the default organisation has the numbers of the real one', async (t) => {
  const items = itemsOf(1)
  const count = (test: (item: (typeof items)[number]) => boolean) => items.filter(test).length
  const tracked = items.filter(({ stock }) => stock !== undefined)
  t.strictSame(
    {
      items: items.length,
      active: count(({ fields }) => fields.status === 'active'),
      withImage: count(({ fields }) => fields.image_document_id !== ''),
      withSku: count(({ fields }) => fields.sku !== ''),
      arabicNames: count(({ fields }) => /[\u0600-\u06ff]/.test(textOf(fields.name))),
      blankReorder: count(({ fields }) => fields.reorder_level === ''),
      untracked: items.length - tracked.length,
      inStock: tracked.filter(({ stock = [] }) => stock.some(({ onHand }) => onHand > 0)).length,
      withoutCategory: count(({ fields }) => fields.category_id === ''),
      descriptions: count(({ fields }) => fields.description !== ''),
      free: count(({ fields }) => numberOf(fields.rate) === 0),
      costAbovePrice: count(({ fields }) => numberOf(fields.purchase_rate) > numberOf(fields.rate)),
      names: new Set(items.map(({ fields }) => fields.name)).size,
    },
    {
      items: 2221,
      active: 1319,
      withImage: 1617,
      withSku: 449,
      arabicNames: 16,
      blankReorder: 530,
      untracked: 73,
      inStock: 478,
      withoutCategory: 1761,
      descriptions: 19,
      free: 548,
      costAbovePrice: 505,
      names: 2220,
    },
  )
})

t.test('ids have 19 digits that a JavaScript number would mix up', async (t) => {
  const ids = itemsOf(1).map(({ id }) => id)
  t.ok(ids.every((id) => /^4873910000\d{9}$/.test(id)))
  t.equal(new Set(ids).size, ids.length)
  t.ok(new Set(ids.map(Number)).size < ids.length)
})

t.test('SKUs reach 120 characters and are unfit as keys or file names', async (t) => {
  const skus = itemsOf(1).map(({ fields }) => textOf(fields.sku))
  t.equal(Math.max(...skus.map((sku) => sku.length)), 120)
  t.ok(
    skus.some(
      (sku) => /\//.test(sku) && /,/.test(sku) && /%/.test(sku) && / /.test(sku) && /[\u0600-\u06ff]/.test(sku),
    ),
  )
})

t.test('the same seed gives the same organisation, another seed another', async (t) => {
  const text = (seed: number) => JSON.stringify(itemsOf(seed, 300))
  t.equal(text(5), text(5))
  t.not(text(5), text(6))
})

t.test('nothing was modified after the anchor or before it was created', async (t) => {
  const { anchorMs } = settingsFrom({})
  for (const { createdMs, modifiedMs } of itemsOf(1)) {
    if (createdMs > modifiedMs || modifiedMs > anchorMs) t.fail(`${createdMs} ${modifiedMs}`)
  }
})

t.test('the custom fields bear the configured names', async (t) => {
  const { world } = createWorld(settingsFrom({ customFields: { nameAr: 'cf_arabic_name' } }))
  const items = world.store.all('items')
  t.equal(items.filter(({ fields }) => 'cf_arabic_name' in fields).length, 240)
  t.equal(items.filter(({ fields }) => 'cf_name_ar' in fields).length, 0)
  t.equal(items.filter(({ fields }) => 'cf_description_ar' in fields).length, 60)
})
