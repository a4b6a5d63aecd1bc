import t from 'tap'
import { type Fields, numberOf, textOf } from './json.ts'
import { connect, objectOf, rowsOf, type TestClient } from './test-client.ts'

const size = { items: 200 }
const future = '2099-01-01T00:00:00%2B0300'
const anchor = '2025-10-01'
const contextOf = (answer: { json: Fields }) => objectOf(answer.json.page_context)

/** One record of each was changed last, a minute after the others. */
async function withLatest(t: Parameters<typeof connect>[0], resource: string) {
  const client = await connect(t, size)
  const { clock, records } = client.simulator.control
  clock.freeze(Date.parse('2026-02-03T10:00:00Z'))
  const [, id = ''] = records.ids(resource)
  records.change(resource, id, { reference_number: 'LATEST' })
  return { ...client, id, all: records.ids(resource).length }
}

const honoured = [
  ['/books/v3', 'invoices', 'invoice_id'],
  ['/books/v3', 'bills', 'bill_id'],
  ['/books/v3', 'salesorders', 'salesorder_id'],
  ['/books/v3', 'purchaseorders', 'purchaseorder_id'],
  ['/books/v3', 'vendorpayments', 'payment_id'],
] as const
const ignored = [
  ['/books/v3', 'customerpayments'],
  ['/books/v3', 'creditnotes'],
  ['/inventory/v1', 'salesorders'],
  ['/inventory/v1', 'purchaseorders'],
  ['/inventory/v1', 'invoices'],
  ['/inventory/v1', 'bills'],
  ['/inventory/v1', 'creditnotes'],
  ['/inventory/v1', 'customerpayments'],
] as const

for (const [product, resource, idField] of honoured) {
  t.test(`${product}/${resource} honours the modification filter`, async (t) => {
    const { get, id } = await withLatest(t, resource)
    const since = await get(`${product}/${resource}?last_modified_time=2026-02-03T13:00:00%2B0300`)
    t.strictSame(
      rowsOf(since, resource).map((row) => row[idField]),
      [id],
    )
    t.strictSame(rowsOf(await get(`${product}/${resource}?last_modified_time=${future}`), resource), [])
    t.equal((await get(`${product}/${resource}?last_modified_time=2026-02-03T10:00:00Z`)).status, 400)
  })
}

for (const [product, resource] of ignored) {
  t.test(`${product}/${resource} ignores the modification filter in silence`, async (t) => {
    const { get, all } = await withLatest(t, resource)
    const answer = await get(`${product}/${resource}?last_modified_time=${future}`)
    t.equal(answer.status, 200)
    t.equal(rowsOf(answer, resource).length, all)
  })
}

const sorts: Record<string, { honoured: string[]; ignored: string[]; column: string }> = {
  '/books/v3/invoices': {
    honoured: ['customer_name', 'invoice_number', 'date', 'due_date', 'total', 'balance', 'created_time'],
    ignored: ['last_modified_time', 'status'],
    column: 'created_time',
  },
  '/books/v3/bills': {
    honoured: ['vendor_name', 'bill_number', 'date', 'due_date', 'total', 'balance', 'created_time'],
    ignored: ['last_modified_time'],
    column: 'created_time',
  },
  '/books/v3/salesorders': {
    honoured: ['customer_name', 'salesorder_number', 'shipment_date', 'last_modified_time', 'total', 'date'],
    ignored: ['status'],
    column: 'created_time',
  },
  '/inventory/v1/salesorders': { honoured: ['last_modified_time', 'total'], ignored: [], column: 'created_time' },
  '/books/v3/customerpayments': { honoured: ['date'], ignored: ['last_modified_time', 'amount'], column: 'date' },
  '/books/v3/vendorpayments': {
    honoured: ['vendor_name', 'date', 'reference_number', 'amount', 'balance'],
    ignored: ['last_modified_time', 'created_time'],
    column: 'date',
  },
  '/books/v3/creditnotes': {
    honoured: ['customer_name', 'creditnote_number', 'balance', 'total', 'date', 'created_time'],
    ignored: ['last_modified_time'],
    column: 'created_time',
  },
}

t.test('each list sorts by the columns it has, both ways, and echoes its own for others', async (t) => {
  const { get } = await connect(t, size)
  for (const [path, { honoured: columns, ignored: others, column: usual }] of Object.entries(sorts)) {
    const resource = path.split('/').at(-1) ?? ''
    for (const column of columns)
      for (const order of ['A', 'D']) {
        const answer = await get(`${path}?sort_column=${column}&sort_order=${order}`)
        t.match(contextOf(answer), { sort_column: column, sort_order: order }, `${path} ${column}`)
        t.ok(isSorted(rowsOf(answer, resource), column, order), `${path} by ${column} ${order}`)
      }
    for (const column of others) {
      const answer = await get(`${path}?sort_column=${column}&sort_order=A`)
      t.match(contextOf(answer), { sort_column: usual, sort_order: 'A' }, `${path} ignores ${column}`)
    }
    t.match(contextOf(await get(path)), { sort_column: usual, sort_order: 'D' }, `${path} by itself`)
  }
})

function isSorted(rows: Fields[], column: string, order: string): boolean {
  const isNumber = ['total', 'balance', 'amount'].includes(column)
  const keys = rows.map((row) => (isNumber ? numberOf(row[column]) : textOf(row[column]).toLowerCase()))
  const pairs = keys.slice(1).map((key, index) => [keys[index] ?? '', key] as const)
  return rows.length > 2 && pairs.every(([before, after]) => (order === 'A' ? before <= after : before >= after))
}

t.test('purchase orders ignore sort_order=A and say so', async (t) => {
  const { get } = await connect(t, size)
  for (const product of ['/books/v3', '/inventory/v1']) {
    const answer = await get(`${product}/purchaseorders?sort_column=total&sort_order=A`)
    t.match(contextOf(answer), { sort_column: 'total', sort_order: 'D' })
    t.ok(isSorted(rowsOf(answer, 'purchaseorders'), 'total', 'D'))
    const byChange = await get(`${product}/purchaseorders?sort_column=last_modified_time&sort_order=A`)
    t.match(contextOf(byChange), { sort_column: 'created_time', sort_order: 'D' })
  }
})

async function counts(client: TestClient, path: string, queries: Record<string, (fields: Fields) => boolean>) {
  const resource = path.split('/').at(-1) ?? ''
  const { records } = client.simulator.control
  const result: Record<string, [number, number]> = {}
  for (const [query, passes] of Object.entries(queries)) {
    const expected = records.ids(resource, ({ fields }) => passes(fields)).length
    result[query] = [rowsOf(await client.get(`${path}?${query}`), resource).length, expected]
  }
  return result
}

t.test('filters by date, status and contact are honoured where the table has them', async (t) => {
  const client = await connect(t, size)
  const { records } = client.simulator.control
  const [bill = ''] = records.ids('bills', ({ fields }) => fields.status === 'paid')
  const [invoice = ''] = records.ids('invoices')
  const customer = textOf(records.get('invoices', invoice).fields.customer_id)
  const on = textOf(records.get('invoices', invoice).fields.date)
  const is = (key: string, value: string) => (fields: Fields) => textOf(fields[key]) === value
  const found = {
    ...(await counts(client, '/books/v3/invoices', {
      'status=paid': is('status', 'paid'),
      'filter_by=Status.PartiallyPaid': is('status', 'partially_paid'),
      [`customer_id=${customer}`]: is('customer_id', customer),
      [`date=${on}`]: is('date', on),
      [`date_start=${anchor.slice(0, 4)}-01-01&date_end=2025-03-31`]: ({ date }) =>
        textOf(date) >= '2025-01-01' && textOf(date) <= '2025-03-31',
      [`due_date_after=${anchor}`]: ({ due_date }) => textOf(due_date) > anchor,
      'created_date_before=2024-06-01': ({ created_time }) => textOf(created_time) < '2024-06-01',
    })),
    ...(await counts(client, '/books/v3/customerpayments', {
      'date_before=2024-06-01': ({ date }) => textOf(date) < '2024-06-01',
      'payment_mode=check': is('payment_mode', 'check'),
      'filter_by=PaymentMode.Cash': is('payment_mode', 'cash'),
    })),
    ...(await counts(client, '/books/v3/vendorpayments', {
      [`bill_id=${bill}`]: (fields) => JSON.stringify(fields.bills).includes(bill),
    })),
    ...(await counts(client, '/books/v3/purchaseorders', { 'filter_by=Status.Billed': is('status', 'billed') })),
    ...(await counts(client, '/books/v3/creditnotes', { 'status=closed': is('status', 'closed') })),
    ...(await counts(client, '/inventory/v1/salesorders', { 'status=invoiced': is('status', 'invoiced') })),
  }
  for (const [query, [shown, expected]] of Object.entries(found)) {
    t.equal(shown, expected, query)
    t.ok(expected > 0, `${query} finds something`)
  }
  t.equal((await client.get('/books/v3/invoices?date_start=yesterday')).status, 400)
  t.equal((await client.get('/books/v3/bills?filter_by=Status.Odd')).status, 400)
})

t.test('item and id filters find documents by what is in them', async (t) => {
  const { simulator, get } = await connect(t, size)
  const { records } = simulator.control
  const [first = '', , third = ''] = records.ids('salesorders')
  const orders = await get(`/books/v3/salesorders?salesorder_ids=${first},${third}`)
  t.same(new Set(rowsOf(orders, 'salesorders').map((row) => row.salesorder_id)), new Set([first, third]))
  const [line = {}] = rowsOf(
    { ...orders, json: records.get('invoices', records.ids('invoices')[0] ?? '').fields },
    'line_items',
  )
  const found = rowsOf(await get(`/books/v3/invoices?item_id=${textOf(line.item_id)}`), 'invoices')
  t.ok(found.length > 0 && found.length < records.ids('invoices').length)
})

t.test('Inventory bills ignore every filter, and there are no vendor payments', async (t) => {
  const { simulator, get } = await connect(t, size)
  const all = simulator.control.records.ids('bills').length
  t.equal(rowsOf(await get('/inventory/v1/bills?status=paid&vendor_id=1'), 'bills').length, all)
  t.match(await get('/inventory/v1/vendorpayments'), { status: 404, json: { code: 5 } })
})
