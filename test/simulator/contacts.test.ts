import t from 'tap'
import { createClock } from './clock.ts'
import { booksRow } from './entities/contact-views.ts'
import { amount, type Fields, numberOf, parseJson, textOf } from './json.ts'
import { settingsFrom } from './options.ts'
import { type Change, createOrganisation } from './organisation.ts'
import type { StoredRecord } from './resource.ts'
import { connect, objectOf, rowsOf } from './test-client.ts'
import { payloadOf } from './webhooks/payload.ts'
import { createWorld } from './world.ts'

const contactsOf = (items: number, seed = 1) => createWorld(settingsFrom({ seed, items })).world.store.all('contacts')
const type = (wanted: string) => (contact: StoredRecord) => contact.fields.contact_type === wanted

t.test('the default organisation has the customers and vendors of the real one', async (t) => {
  const contacts = contactsOf(2221)
  const count = (test: (fields: Fields) => boolean) => contacts.filter(({ fields }) => test(fields)).length
  t.strictSame(
    {
      customers: contacts.filter(type('customer')).length,
      vendors: contacts.filter(type('vendor')).length,
      inactive: count(({ status }) => status === 'inactive'),
      creditLimits: count(({ credit_limit }) => credit_limit !== ''),
      arabicNames: count(({ contact_name }) => /[\u0600-\u06ff]/.test(textOf(contact_name))),
      customersInDinars: count(
        ({ contact_type, currency_code }) => `${contact_type} ${currency_code}` === 'customer IQD',
      ),
      vendorsInDollars: count(({ contact_type, currency_code }) => `${contact_type} ${currency_code}` === 'vendor USD'),
      names: new Set(contacts.map(({ fields }) => fields.contact_name)).size,
    },
    {
      customers: 2415,
      vendors: 81,
      inactive: 100,
      creditLimits: 150,
      arabicNames: 2125,
      customersInDinars: 1691,
      vendorsInDollars: 61,
      names: 2495,
    },
  )
  const { anchorMs } = settingsFrom({})
  t.ok(contacts.every(({ createdMs, modifiedMs }) => createdMs <= modifiedMs && modifiedMs <= anchorMs))
  t.equal(new Set(contacts.map(({ id }) => id)).size, 2496)
})

t.test('a small organisation has both kinds, an empty one none, and the seed decides', async (t) => {
  t.equal(contactsOf(1).filter(type('customer')).length, 3)
  t.equal(contactsOf(1).filter(type('vendor')).length, 2)
  t.equal(contactsOf(0).length, 0)
  t.equal(JSON.stringify(contactsOf(300)), JSON.stringify(contactsOf(300)))
  t.not(JSON.stringify(contactsOf(300)), JSON.stringify(contactsOf(300, 2)))
})

t.test('a list row has both names and neither addresses, people nor credit limit', async (t) => {
  const { get } = await connect(t)
  const [row = {}] = rowsOf(await get('/books/v3/contacts?contact_type=vendor'), 'contacts')
  t.match(row, { contact_type: 'vendor', customer_name: row.contact_name, vendor_name: row.contact_name })
  t.match(row, { outstanding_payable_amount_bcy: Number, custom_fields: [], contactperson_custom_fields: [] })
  for (const key of ['billing_address', 'contact_persons', 'credit_limit', 'owner_id', 'documents'])
    t.notOk(key in row, key)
})

t.test('a detail has them, with blanks as text where numbers are expected', async (t) => {
  const { simulator, get } = await connect(t)
  const persons = [
    { first_name: 'Zaid', is_primary_contact: false },
    { first_name: 'Rana', is_primary_contact: true },
  ]
  const { id } = simulator.control.records.create('contacts', {
    contact_name: 'X',
    contact_type: 'customer',
    contact_persons: persons,
    billing_address: { zip: '10011' },
  })
  const contact = objectOf((await get(`/books/v3/contacts/${id}`)).json.contact)
  t.match(contact, {
    contact_id: id,
    currency_code: 'IQD',
    price_precision: 0,
    exchange_rate: '',
    opening_balance_amount_bcy: '',
    documents: [],
    credit_limit: '',
    owner_id: '',
    billing_address: { zip: '10011', city: '', address_id: /^\d{19}$/ },
    shipping_address: { zip: '', address_id: /^\d{19}$/ },
    contact_persons: [{ first_name: 'Zaid' }, { first_name: 'Rana', contact_person_id: contact.primary_contact_id }],
  })
  t.notOk('customer_name' in contact || 'contactperson_custom_fields' in contact)
  t.match(contact.currency_id, /^\d{19}$/)
})

t.test('Inventory shows fewer fields of the same contact', async (t) => {
  const { get } = await connect(t)
  const [row = {}] = rowsOf(await get('/inventory/v1/contacts'), 'contacts')
  t.notOk('vendor_name' in row || 'outstanding_payable_amount' in row || 'customer_sub_type' in row)
  const detail = objectOf((await get(`/inventory/v1/contacts/${row.contact_id}`)).json.contact)
  t.match(detail, { contact_id: row.contact_id, billing_address: {} })
  t.notOk('credit_limit' in detail || 'owner_id' in detail)
})

t.test('type and status are filters, the modification time is none, on both products', async (t) => {
  const { simulator, get } = await connect(t)
  const ids = simulator.control.records.ids('contacts')
  const count = (test: (fields: Fields) => boolean) =>
    ids.filter((id) => test(simulator.control.records.get('contacts', id).fields)).length
  for (const product of ['/books/v3', '/inventory/v1']) {
    const size = async (query: string) => rowsOf(await get(`${product}/contacts?${query}`), 'contacts').length
    t.equal(
      await size('contact_type=vendor'),
      count(({ contact_type }) => contact_type === 'vendor'),
    )
    t.equal(
      await size('filter_by=Status.Inactive'),
      count(({ status }) => status === 'inactive'),
    )
    t.equal(await size('last_modified_time=2099-01-01T00:00:00%2B0300'), ids.length)
    t.equal((await get(`${product}/contacts?filter_by=Status.Odd`)).status, 400)
  }
})

t.test('the documented sorts are honoured both ways and echoed', async (t) => {
  const { get } = await connect(t)
  const sorted = async (order: string) => {
    const answer = await get(`/books/v3/contacts?sort_column=last_modified_time&sort_order=${order}`)
    t.match(answer.json.page_context, { sort_column: 'last_modified_time', sort_order: order })
    return rowsOf(answer, 'contacts').map((row) => textOf(row.last_modified_time))
  }
  const ascending = await sorted('A')
  t.strictSame(ascending, [...ascending].sort())
  t.strictSame(await sorted('D'), [...ascending].reverse())
  t.match((await get('/books/v3/contacts?sort_column=phone')).json.page_context, { sort_column: 'contact_name' })
})

t.test('balances are the exact sums of the documents that count, and leave the contact alone', async (t) => {
  const { world } = createWorld(settingsFrom({ items: 60 }))
  const { store } = world
  const put = (resource: string, id: string, fields: Fields) => {
    const record = { id, fields, createdMs: 0, modifiedMs: 0 }
    store.put(resource, record)
    return record
  }
  const stamp = '2025-01-01T00:00:00+0300'
  const contact = put('contacts', 'c', { contact_name: 'C', currency_code: 'USD', last_modified_time: stamp })
  const of = { customer_id: 'c', currency_code: 'USD' }
  put('invoices', 'i1', { ...of, status: 'sent', balance: amount('0.10') })
  const overdue = put('invoices', 'i2', { ...of, status: 'overdue', balance: amount('0.20') })
  put('invoices', 'i3', { ...of, status: 'draft', balance: 100 })
  put('invoices', 'i4', { ...of, status: 'void', balance: 100 })
  put('invoices', 'i5', { ...of, customer_id: 'd', status: 'sent', balance: 100 })
  put('creditnotes', 'n1', { ...of, status: 'open', balance: amount('1.25') })
  put('creditnotes', 'n2', { ...of, status: 'closed', balance: 9 })
  put('customerpayments', 'p1', { ...of, unused_amount: amount('2.50') })
  const text = () => JSON.stringify(booksRow(contact, world))
  t.match(text(), '"outstanding_receivable_amount":0.30,"outstanding_receivable_amount_bcy":0.30,')
  t.match(text(), '"unused_credits_receivable_amount":3.75,')
  t.match(text(), '"outstanding_payable_amount":0,')
  overdue.fields.balance = amount('0.05')
  store.touch()
  t.match(text(), '"outstanding_receivable_amount":0.15,')
  t.match(booksRow(contact, world), { last_modified_time: stamp })
})

t.test('a balance in dinars has no digits after the point, in the base currency it has two', async (t) => {
  const { world } = createWorld(settingsFrom({ items: 60 }))
  const vendor = { id: 'v', fields: { contact_type: 'vendor', currency_code: 'IQD' }, createdMs: 0, modifiedMs: 0 }
  const of = { vendor_id: 'v', currency_code: 'IQD' }
  const put = (resource: string, id: string, fields: Fields) =>
    world.store.put(resource, { id, fields: { ...of, ...fields }, createdMs: 0, modifiedMs: 0 })
  put('bills', 'b1', { status: 'open', balance: 150_000, exchange_rate: amount('0.00076') })
  put('bills', 'b2', { status: 'overdue', balance: 131_000 })
  put('vendorpayments', 'p1', { balance: 250 })
  const row = booksRow(vendor, world)
  t.equal(JSON.stringify(row.outstanding_payable_amount), '281000')
  t.equal(JSON.stringify(row.outstanding_payable_amount_bcy), '214.00', '114.00 by its own rate, 100.00 by the list')
  t.equal(JSON.stringify(row.unused_credits_payable_amount), '250')
  t.equal(numberOf(row.outstanding_receivable_amount), 0)
})

t.test('customers and vendors are two webhook modules with one envelope, the detail of Books', async (t) => {
  const { simulator } = await connect(t)
  const { records, webhooks } = simulator.control
  webhooks.set({ target: 'http://127.0.0.1:1' })
  for (const kind of ['customer', 'vendor']) {
    const [id = ''] = records.ids('contacts', type(kind))
    records.change('contacts', id, { phone: '1' })
  }
  t.match(webhooks.pending(), [{ module: 'customers' }, { module: 'suppliers' }])

  const organisation = createOrganisation(settingsFrom({ items: 60 }), createClock())
  const changes: Change[] = []
  organisation.onChange((change) => void changes.push(change))
  organisation.create('contacts', { contact_name: 'New', credit_limit: 500 })
  const [change] = changes
  if (!change) return t.fail('the creation was not told')
  const body = objectOf(parseJson(payloadOf(change, 'default', organisation.world).body))
  t.match(body, { contact: { contact_name: 'New', credit_limit: 500, contact_type: 'customer' } })
})
