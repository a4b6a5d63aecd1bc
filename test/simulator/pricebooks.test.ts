import t from 'tap'
import { amount, type Fields, isFields } from './json.ts'
import { settingsFrom } from './options.ts'
import { connect, objectOf, rowsOf } from './test-client.ts'
import { createWorld } from './world.ts'

const linesOf = ({ pricebook_items: lines }: Fields) => (Array.isArray(lines) ? lines.filter(isFields) : [])
const byName = (name: string) => (record: { fields: Fields }) => record.fields.name === name

t.test('seven price lists, five of them with 1,304 lines', async (t) => {
  const { world } = createWorld(settingsFrom({}))
  const books = world.store.all('pricebooks').map(({ fields }) => fields)
  t.strictSame(
    books.map((book) => [book.currency_code, book.pricing_scheme, book.pricebook_type, linesOf(book).length]),
    [
      ['IQD', 'unit', 'per_item', 1304],
      ['IQD', 'unit', 'per_item', 1304],
      ['IQD', 'unit', 'per_item', 1304],
      ['USD', 'unit', 'per_item', 1304],
      ['USD', 'volume', 'per_item', 1304],
      ['', '', 'fixed_percentage', 0],
      ['', '', 'fixed_percentage', 0],
    ],
  )
  t.equal(books.filter(({ status }) => status === 'inactive').length, 1)
  const buyers = world.store.all('contacts').filter(({ fields }) => fields.pricebook_id)
  t.ok(buyers.length > 400)
  for (const { fields } of buyers)
    if (world.store.get('pricebooks', String(fields.pricebook_id))?.fields.currency_code !== fields.currency_code)
      t.fail('a price list of another currency')
})

t.test(
  'list rows are the same on both products: blanks as text, no lines; nothing but pages is honoured',
  async (t) => {
    const { get } = await connect(t)
    for (const product of ['/books/v3', '/inventory/v1']) {
      const answer = await get(
        `${product}/pricebooks?last_modified_time=2099-01-01T00:00:00%2B0300&sort_column=name&sort_order=D`,
      )
      const rows = rowsOf(answer, 'pricebooks')
      t.equal(rows.length, 7)
      t.match(rows[0], { percentage: '', pricebook_rate: '', decimal_place: 0, last_modified_time: /\+0300$/ })
      t.match(rows[5], { currency_id: '', percentage: 10, pricebook_rate: 10, is_increase: false, decimal_place: 2 })
      t.match(rows[6], { percentage: 4, is_increase: true, rounding_type: 'round_to_dollar_minus_01' })
      t.notOk(rows.some((row) => 'pricebook_items' in row || 'is_default' in row))
      t.notOk('sort_column' in objectOf(answer.json.page_context))
    }
    t.equal(
      rowsOf(await get('/inventory/v1/pricebooks?filter_by=SalesOrPurchaseType.Purchases'), 'pricebooks').length,
      0,
    )
  },
)

t.test('only the detail of Books has the lines, and it has no modification time', async (t) => {
  const { simulator, get } = await connect(t)
  const [unit = ''] = simulator.control.records.ids('pricebooks', byName('Consumer USD'))
  const book = objectOf((await get(`/books/v3/pricebooks/${unit}`)).json.pricebook)
  t.match(book, { pricebook_id: unit, is_default: false, products: [], pricing_scheme: 'unit' })
  t.notOk('last_modified_time' in book)
  const [line = {}] = linesOf(book)
  t.match(line, { pricebook_item_id: /^\d{19}$/, item_id: /^\d{19}$/, pricebook_discount: '', can_be_sold: Boolean })
  t.equal(line.name, simulator.control.records.get('items', String(line.item_id)).fields.name)
  t.match(await get(`/inventory/v1/pricebooks/${unit}`), { status: 404, json: { code: 5 } })

  const [volume = ''] = simulator.control.records.ids('pricebooks', byName('Volume USD'))
  const answer = await get(`/books/v3/pricebooks/${volume}`)
  const [first = {}] = linesOf(objectOf(answer.json.pricebook))
  t.notOk('pricebook_item_id' in first || 'pricebook_rate' in first)
  t.match(first.price_brackets, [{ pricebook_item_id: /^\d{19}$/ }, {}, { end_quantity: '' }])
  t.match(answer.bytes.toString(), '"start_quantity":10.0,"end_quantity":49.0,')
})

t.test('a price moves in silence', async (t) => {
  const { simulator, get } = await connect(t)
  const { records, webhooks } = simulator.control
  webhooks.set({ target: 'http://127.0.0.1:1' })
  const [id = ''] = records.ids('pricebooks', byName('Consumer USD'))
  const before = rowsOf(await get('/books/v3/pricebooks'), 'pricebooks')
  const [first = {}, ...others] = linesOf(records.get('pricebooks', id).fields)
  const added = { item_id: records.ids('items')[0] ?? '', pricebook_rate: 3 }
  records.change(
    'pricebooks',
    id,
    { pricebook_items: [{ ...first, pricebook_rate: amount('7.7700') }, ...others, added] },
    { silent: true },
  )
  const answer = await get(`/books/v3/pricebooks/${id}`)
  t.match(answer.bytes.toString(), '"pricebook_rate":7.7700')
  t.match(linesOf(objectOf(answer.json.pricebook)).at(-1), { pricebook_rate: 3, pricebook_item_id: /^\d{19}$/ })
  t.strictSame(rowsOf(await get('/books/v3/pricebooks'), 'pricebooks'), before)
  records.change('pricebooks', id, { name: 'Told to nobody' })
  t.strictSame(webhooks.pending(), [], 'Zoho has no webhook for price lists')
})

t.test('a created price list is complete', async (t) => {
  const { simulator, get } = await connect(t)
  const { id } = simulator.control.records.create('pricebooks', { name: 'New' })
  const book = objectOf((await get(`/books/v3/pricebooks/${id}`)).json.pricebook)
  t.match(book, { name: 'New', currency_code: 'USD', currency_id: /^\d{19}$/, pricebook_items: [], status: 'active' })
})
