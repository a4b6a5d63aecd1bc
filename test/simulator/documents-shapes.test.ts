import t from 'tap'
import { type Fields, isAmount, isFields, numberOf, textOf } from './json.ts'
import { connect, objectOf, rowsOf, type TestClient } from './test-client.ts'

const moneyOf = ({ balance, total }: Fields): string[] => [textOf(balance), textOf(total)]
const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : [])

async function both(
  client: TestClient,
  path: string,
  id: string,
  [listKey, detailKey, idField]: [string, string, string],
) {
  const rows = rowsOf(await client.get(path), listKey)
  const row = rows.find((one) => one[idField] === id) ?? {}
  return { row, detail: objectOf((await client.get(`${path}/${id}`)).json[detailKey]) }
}

t.test('documents are text in lists and a list in details, addresses zipcode and zip', async (t) => {
  const client = await connect(t)
  const { records } = client.simulator.control
  const [id = ''] = records.ids('invoices', ({ fields }) => fields.status === 'overdue')
  records.change('invoices', id, { billing_address: { city: 'Basra', zip: '61001' } })
  const { row, detail } = await both(client, '/books/v3/invoices', id, ['invoices', 'invoice', 'invoice_id'])
  t.match(row, {
    documents: '',
    billing_address: { city: 'Basra', zipcode: '61001' },
    updated_time: row.last_modified_time,
  })
  t.notOk('zip' in objectOf(row.billing_address))
  t.match(detail, { documents: [], billing_address: { zip: '61001' }, is_backorder: '' })
  t.notOk('line_items' in row || 'bcy_total' in row || 'sub_total' in row)
  t.ok(list(detail.line_items).length > 0)
  t.match(textOf(row.invoice_url), / $/, 'with the recorded trailing space')
  const [draft = ''] = records.ids('invoices', ({ fields }) => fields.status === 'draft')
  const unsent = await both(client, '/books/v3/invoices', draft, ['invoices', 'invoice', 'invoice_id'])
  t.notOk('invoice_url' in unsent.row)
  t.match(unsent.row, { is_emailed: false, balance: unsent.row.total })
})

t.test('custom fields come as a list and a hash, places under the keys of the organisation', async (t) => {
  const client = await connect(t, { places: 'warehouses' })
  const [id = ''] = client.simulator.control.records.ids('invoices', ({ fields }) => 'cf_delivery_area' in fields)
  const { row, detail } = await both(client, '/books/v3/invoices', id, ['invoices', 'invoice', 'invoice_id'])
  for (const shown of [row, detail]) {
    t.match(shown.custom_fields, [{ api_name: 'cf_delivery_area', value: 'الكرادة' }])
    t.match(shown.custom_field_hash, { cf_delivery_area: 'الكرادة' })
    t.notOk('cf_delivery_area' in shown)
  }
  t.ok(detail.warehouse_id && list(detail.line_items)[0]?.warehouse_id)
  t.notOk('location_id' in detail)
})

t.test('due_days is text for people that changes with the day, not with the record', async (t) => {
  const client = await connect(t)
  const { records, clock } = client.simulator.control
  const [id = ''] = records.ids('bills', ({ fields }) => fields.status === 'open')
  records.change('bills', id, { due_date: '2025-10-03' }, { silent: true })
  const keys: [string, string, string] = ['bills', 'bill', 'bill_id']
  const says = async (now: string) => {
    clock.freeze(Date.parse(now))
    return (await both(client, '/books/v3/bills', id, keys)).row
  }
  const first = await says('2025-10-01T08:00:00Z')
  t.equal(first.due_days, 'Due in 2 days')
  t.strictSame(await says('2025-10-02T08:00:00Z'), { ...first, due_days: 'Due in 1 day' })
  t.equal((await says('2025-10-03T08:00:00Z')).due_days, 'Due Today')
  t.equal((await says('2025-10-08T08:00:00Z')).due_days, 'Overdue by 5 days')
})

t.test('bills have display times in lists, an id for is_opening_balance, and their payments in details', async (t) => {
  const client = await connect(t, { items: 200 })
  const { records } = client.simulator.control
  const [id = ''] = records.ids('bills', ({ fields }) => numberOf(fields.payment_made) > 0)
  const { row, detail } = await both(client, '/books/v3/bills', id, ['bills', 'bill', 'bill_id'])
  t.match(textOf(row.created_time_formatted), /^\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d [AP]M$/)
  t.match(row, { is_opening_balance: id, balance_due: row.balance, entity_type: 'bill' })
  t.notOk('is_opening_balance' in detail)
  const paid = list(detail.payments).reduce((total, payment) => total + numberOf(payment.amount), 0)
  t.equal(paid.toFixed(2), numberOf(detail.payment_made).toFixed(2))
})

t.test('a customer payment is a "payment" with updated_time, and only its detail says what it pays', async (t) => {
  const client = await connect(t)
  const { records } = client.simulator.control
  const [id = ''] = records.ids('customerpayments', ({ fields }) => list(fields.invoices).length > 1)
  const keys: [string, string, string] = ['customerpayments', 'payment', 'payment_id']
  const { row, detail } = await both(client, '/books/v3/customerpayments', id, keys)
  t.match(row, {
    applied_invoices: [],
    documents: '',
    custom_fields_list: '',
    payment_mode_formatted: row.payment_mode,
  })
  t.notOk('invoices' in row || 'exchange_rate' in row)
  t.equal(detail.updated_time, row.last_modified_time)
  t.notOk('last_modified_time' in detail)
  const invoices = list(detail.invoices)
  t.equal(textOf(row.invoice_numbers), invoices.map(({ invoice_number }) => invoice_number).join(', '))
  for (const { invoice_id, balance, total } of invoices)
    t.strictSame([balance, total].map(textOf), moneyOf(records.get('invoices', textOf(invoice_id)).fields))
})

t.test('a vendor payment keeps what is not applied as its balance', async (t) => {
  const client = await connect(t, { items: 200 })
  const { records } = client.simulator.control
  const [id = ''] = records.ids('vendorpayments', ({ fields }) => numberOf(fields.balance) > 0)
  const keys: [string, string, string] = ['vendorpayments', 'vendorpayment', 'payment_id']
  const { row, detail } = await both(client, '/books/v3/vendorpayments', id, keys)
  t.match(row, { check_details: {}, balance: detail.balance, paid_through_account_name: 'Petty Cash' })
  t.notOk('bills' in row)
  t.match(detail, { vendorpayment_refunds: [], documents: [] })
  t.match(detail.comments, [{ commented_by: 'Simulated Owner' }])
})

t.test('a credit note names its invoices as text in lists and as entries in details', async (t) => {
  const client = await connect(t, { items: 200 })
  const { records } = client.simulator.control
  const [id = ''] = records.ids('creditnotes', ({ fields }) => list(fields.invoices_credited).length > 0)
  const keys: [string, string, string] = ['creditnotes', 'creditnote', 'creditnote_id']
  const { row, detail } = await both(client, '/books/v3/creditnotes', id, keys)
  const [entry = {}] = list(detail.invoices_credited)
  t.equal(row.applied_invoices, entry.invoice_number)
  t.match(detail, { creditnote_refunds: [], total_credits_used: entry.credited_amount, documents: [] })
  const invoice = objectOf((await client.get(`/books/v3/invoices/${textOf(entry.invoice_id)}`)).json.invoice)
  t.match(invoice.credits_associated, [{ creditnote_id: id, credited_amount: entry.credited_amount }])
})

t.test('sales orders are one record in two views', async (t) => {
  const client = await connect(t, { items: 200 })
  const { records } = client.simulator.control
  const [id = ''] = records.ids('salesorders', ({ fields }) => fields.status === 'partially_invoiced')
  const keys: [string, string, string] = ['salesorders', 'salesorder', 'salesorder_id']
  const books = await both(client, '/books/v3/salesorders', id, keys)
  const inventory = await both(client, '/inventory/v1/salesorders', id, keys)
  t.match(books.row, {
    order_status: 'open',
    invoiced_status: 'partially_invoiced',
    shipped_status: 'pending',
    is_backorder: '',
  })
  t.ok(numberOf(inventory.row.quantity_invoiced) > 0)
  t.ok(numberOf(inventory.row.quantity_invoiced) < numberOf(inventory.row.quantity))
  t.match(inventory.row, { is_backorder: false, quantity_packed: inventory.row.quantity_invoiced, quantity_shipped: 0 })
  t.notOk('sub_total' in inventory.row || 'line_items' in inventory.row)
  t.equal(list(inventory.detail.packages).length, 1)
  const [line = {}] = list(inventory.detail.line_items)
  t.equal(numberOf(line.quantity_packed) * 2, numberOf(line.quantity))
  t.match(books.detail.invoices, [{ invoice_number: /^INV-/ }])
})

t.test('a purchase order has price_precision only in details, and Inventory tells what was received', async (t) => {
  const client = await connect(t, { items: 200 })
  const { records } = client.simulator.control
  const [id = ''] = records.ids('purchaseorders', ({ fields }) => fields.status === 'partially_billed')
  const keys: [string, string, string] = ['purchaseorders', 'purchaseorder', 'purchaseorder_id']
  const { row, detail } = await both(client, '/books/v3/purchaseorders', id, keys)
  t.match(row, { price_precision: '', billed_status: 'partially_billed', received_status: 'partially_received' })
  t.match(row.receives, [{ receive_number: /^PR-/ }])
  t.equal(detail.price_precision, records.get('purchaseorders', id).fields.price_precision)
  t.notOk('last_modified_by_id' in detail)
  const inventory = await both(client, '/inventory/v1/purchaseorders', id, keys)
  const [line = {}] = list(inventory.detail.line_items)
  t.equal(numberOf(line.quantity_received) * 2, numberOf(line.quantity))
  t.strictSame(line.purchase_rate, line.rate)
  const [receive = {}] = list(inventory.detail.purchasereceives)
  t.match(receive.line_items, [{ line_item_id: line.line_item_id, quantity_received: line.quantity_received }])
})

t.test('amounts keep the digits of their currency, exchange rates all of theirs', async (t) => {
  const client = await connect(t)
  const { records } = client.simulator.control
  for (const [code, digits] of [
    ['IQD', /^\d+$/],
    ['USD', /^\d+\.\d\d$/],
  ] as const) {
    const [id = ''] = records.ids('invoices', ({ fields }) => fields.currency_code === code)
    const { total } = records.get('invoices', id).fields
    t.ok(isAmount(total) && digits.test(total.rawJSON), code)
    t.match((await client.get(`/books/v3/invoices/${id}`)).bytes.toString(), `"total":${textOf(total)},`)
  }
  const [dinars = ''] = records.ids('invoices', ({ fields }) => fields.currency_code === 'IQD')
  t.match((await client.get(`/books/v3/invoices/${dinars}`)).bytes.toString(), /"exchange_rate":0\.000\d{12}/)
})
