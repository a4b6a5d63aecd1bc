import t from 'tap'
import { type JsonObject, loadEntities, mapDocument } from '../../src/entities/index.ts'
import { context } from './fixture.ts'

const products = (await loadEntities()).get('products')
const arabic = 'مصباح'

/** Name and custom fields → `name_ar` in a list row and in a detail; undefined = the column keeps what it has. */
const names: readonly { about: string; document: JsonObject; list: unknown; detail: unknown }[] = [
  { about: 'nothing is known of it', document: { name: 'Lamp' }, list: undefined, detail: null },
  { about: 'the name is Arabic', document: { name: arabic }, list: undefined, detail: arabic },
  { about: 'the name is mixed', document: { name: `Lamp ${arabic}` }, list: undefined, detail: `Lamp ${arabic}` },
  { about: 'only item_name is there', document: { item_name: arabic }, list: undefined, detail: arabic },
  { about: 'it is a flattened field', document: { name: 'Lamp', cf_name_ar: arabic }, list: arabic, detail: arabic },
  {
    about: 'it is in the list of custom fields',
    document: { name: 'Lamp', custom_fields: [{ value: 'Normal' }, { api_name: 'cf_name_ar', value: arabic }] },
    list: arabic,
    detail: arabic,
  },
  {
    about: 'it is in the hash of custom fields',
    document: { name: 'Lamp', custom_fields: [], custom_field_hash: { cf_name_ar: arabic } },
    list: arabic,
    detail: arabic,
  },
  { about: 'the field was emptied', document: { name: 'Lamp', cf_name_ar: '' }, list: null, detail: null },
  {
    about: 'it was emptied and the name is Arabic',
    document: { name: arabic, cf_name_ar: ' ' },
    list: arabic,
    detail: arabic,
  },
  { about: 'another field is Arabic', document: { name: 'Lamp', cf_other: arabic }, list: undefined, detail: null },
]

for (const { about, document, list, detail } of names) {
  t.test(`name_ar where ${about}`, async (t) => {
    t.equal(columns('list', document).name_ar, list, 'in a list row')
    t.equal(columns('detail', document).name_ar, detail, 'in a detail')
  })
}

t.test(
  'a list row that does not show the Arabic description leaves it alone; a detail without it clears it',
  async (t) => {
    t.notOk('description_ar' in columns('list', {}))
    t.equal(columns('detail', {}).description_ar, null)
    t.equal(columns('detail', { cf_description_ar: arabic }).description_ar, arabic)
  },
)

const pictures: readonly { about: string; document: JsonObject; id: unknown; name: unknown }[] = [
  { about: 'both are named', document: { image_document_id: '77', image_name: 'a.jpg' }, id: '77', name: 'a.jpg' },
  { about: 'both are blank', document: { image_document_id: '', image_name: '' }, id: null, name: null },
  { about: 'a detail leaves the id out, the name is blank', document: { image_name: '' }, id: null, name: null },
  {
    about: 'a detail leaves the id out, the name stands',
    document: { image_name: 'a.jpg' },
    id: undefined,
    name: 'a.jpg',
  },
  { about: 'the document does not speak of pictures', document: {}, id: undefined, name: undefined },
]

for (const { about, document, id, name } of pictures) {
  t.test(`the picture where ${about}`, async (t) => {
    const { image_document_id, image_name } = columns('detail', document)
    t.strictSame([image_document_id, image_name], [id, name])
  })
}

t.test('the price is in the base currency, and a missing base currency is not invented', async (t) => {
  t.equal(columns('list', { rate: 6 }).currency_code, 'USD')
  const unknown = mapDocument(products, 'list', { item_id: '1', rate: 6 }, { ...context, baseCurrency: undefined })
  t.notOk('currency_code' in unknown.columns)
})

t.test('an item without stock fields has no stock, not a stock of zero', async (t) => {
  const row = columns('detail', { name: 'Delivery', product_type: 'service' })
  for (const column of ['stock_on_hand', 'available_stock', 'actual_available_stock', 'reorder_level', 'unit_price'])
    t.notOk(column in row, column)
})

t.test('a text of 120 characters stays whole', async (t) => {
  const sku = `${'K/17, 100% '.repeat(10)}كيتل-12345`
  t.equal(columns('list', { sku }).sku, sku)
})

function columns(view: 'list' | 'detail', document: JsonObject): Readonly<Record<string, unknown>> {
  return mapDocument(products, view, { item_id: '5100000000030001', ...document }, context).columns
}
