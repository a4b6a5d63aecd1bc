import t from 'tap'
import { resources } from './entities/index.ts'
import { amount, type Fields, isFields, parseJson, textOf } from './json.ts'
import { settingsFrom } from './options.ts'
import { connect, objectOf } from './test-client.ts'
import { payloadOf } from './webhooks/payload.ts'
import { createWorld } from './world.ts'

const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : [])
const said = (fields: Fields, ...keys: string[]) => keys.map((key) => textOf(fields[key]))
const now = '2026-02-03T13:00:00+0300'

/** A simulator whose clock stands still, a customer of dollars, an item, and what the records are. */
async function company(t: Parameters<typeof connect>[0]) {
  const client = await connect(t)
  const { records, clock, webhooks } = client.simulator.control
  clock.freeze(Date.parse('2026-02-03T10:00:00Z'))
  const party = (type: string) =>
    records.ids('contacts', ({ fields }) => fields.contact_type === type && fields.currency_code === 'USD')[0] ?? ''
  const [item = ''] = records.ids('items', ({ fields }) => fields.item_type === 'inventory' && fields.rate !== 0)
  const fieldsOf = (resource: string, id: string) => records.get(resource, id).fields
  return { ...client, records, webhooks, customer: party('customer'), vendor: party('vendor'), item, fieldsOf }
}

t.test('a created invoice is completed: names, ids, number, dates, amounts', async (t) => {
  const { records, customer, item, fieldsOf, get } = await company(t)
  const { id, fields } = records.create('invoices', {
    customer_id: customer,
    line_items: [
      { item_id: item, quantity: 3, rate: amount('19.999'), tax_percentage: 15 },
      { item_id: item, quantity: amount('2.5'), rate: 10, tax_percentage: 5 },
      { name: 'Delivery', rate: 4 },
    ],
    discount: '10.00%',
    shipping_charge: 5,
    adjustment: amount('-0.05'),
  })
  const money = ['sub_total', 'discount_amount', 'tax_total', 'total', 'balance', 'bcy_total', 'status', 'due_date']
  // 60.00 + 25.00 + 4.00; less 8.90; 15 % of 54.00 and 5 % of 22.50 (1.125).
  t.strictSame(said(fields, ...money), [
    '89.00',
    '8.90',
    '9.23',
    '94.28',
    '94.28',
    '94.28',
    'sent',
    textOf(fields.due_date),
  ])
  t.match(fields, {
    customer_name: fieldsOf('contacts', customer).contact_name,
    currency_code: 'USD',
    date: '2026-02-03',
    invoice_number: /^INV-0000\d\d$/,
  })
  const [first = {}, , third = {}] = list(fields.line_items)
  t.match(first, { name: fieldsOf('items', item).name, line_item_id: /^\d{19}$/, item_order: 1 })
  t.strictSame(said(first, 'item_total', 'discount_amount'), ['60.00', '0'])
  t.match(third, { name: 'Delivery', item_id: '', quantity: 1 })
  t.equal(objectOf((await get(`/books/v3/invoices/${id}`)).json.invoice).invoice_number, fields.invoice_number)
})

t.test('amounts round as the currency does, taxes within prices come out of them', async (t) => {
  const { records, item } = await company(t)
  const draft = { item_id: item, quantity: 1, rate: amount('1000'), tax_percentage: 15 }
  const included = records.create('bills', { currency_code: 'IQD', is_inclusive_tax: true, line_items: [draft] }).fields
  t.strictSame(said(included, 'sub_total', 'tax_total', 'total', 'sub_total_inclusive_of_tax'), [
    '870',
    '130',
    '1000',
    '1000',
  ])
  const later = { discount: 100, is_discount_before_tax: false }
  const exclusive = records.create('bills', { currency_code: 'IQD', ...later, line_items: [draft] }).fields
  t.strictSame(said(exclusive, 'sub_total', 'tax_total', 'discount_amount', 'total'), ['1000', '150', '100', '1050'])
  const byLine = { discount_type: 'item_level', line_items: [{ ...draft, rate: amount('10.05'), discount: '50%' }] }
  const fields = records.create('bills', { currency_code: 'USD', ...byLine }).fields
  t.strictSame(said(fields, 'sub_total', 'discount_total', 'discount_amount', 'tax_total', 'total'), [
    ...['5.02', '5.03', '0', '0.75', '5.77'],
  ])
})

t.test('a change of lines adds up again, another change leaves the amounts, a stated total wins', async (t) => {
  const { records, customer, item } = await company(t)
  const { id } = records.create('salesorders', {
    customer_id: customer,
    line_items: [{ item_id: item, quantity: 1, rate: 7 }],
  })
  const kept = list(records.get('salesorders', id).fields.line_items)
  const more = [...kept.map((line) => ({ ...line, quantity: 2 })), { item_id: item, quantity: 1, rate: 1 }]
  const changed = records.change('salesorders', id, { line_items: more }).fields
  t.equal(textOf(changed.total), '15.00')
  t.equal(list(changed.line_items)[0]?.line_item_id, kept[0]?.line_item_id)
  t.equal(textOf(records.change('salesorders', id, { notes: 'x' }).fields.total), '15.00')

  const wrong = records.create('invoices', { customer_id: customer, total: 99, line_items: [{ rate: 1 }] })
  t.strictSame(said(wrong.fields, 'sub_total', 'total', 'balance'), ['1.00', '99', '99.00'])
  t.equal(textOf(records.change('invoices', wrong.id, { sub_total: 42 }).fields.sub_total), '42')
  t.equal(textOf(records.change('invoices', wrong.id, { notes: 'y' }).fields.sub_total), '42')
  const bare = records.create('bills', { total: 12 })
  t.strictSame(said(bare.fields, 'total', 'balance', 'status'), ['12', '12.00', 'open'])
})

t.test('void and draft documents keep their balance; a due date makes late', async (t) => {
  const { records, customer } = await company(t)
  const { id } = records.create('invoices', {
    customer_id: customer,
    line_items: [{ rate: 50 }],
    due_date: '2026-03-01',
  })
  records.create('customerpayments', { invoices: [{ invoice_id: id, amount_applied: 20 }] })
  const after = (fields: Fields) => said(records.change('invoices', id, fields).fields, 'status', 'balance')
  t.strictSame(after({ due_date: '2026-02-02' }), ['overdue', '30.00'])
  t.strictSame(after({ due_date: '2026-02-03' }), ['partially_paid', '30.00'])
  t.strictSame(after({ status: 'void' }), ['void', '50.00'])
  t.strictSame(after({ status: 'viewed' }), ['viewed', '30.00'])
})

t.test('a payment moves the invoices it pays, with modification time and webhook, and no contact', async (t) => {
  const { records, webhooks, customer, fieldsOf } = await company(t)
  const made = (rate: number) =>
    records.create('invoices', { customer_id: customer, line_items: [{ rate }], due_date: '2026-03-01' }).id
  const [one, other] = [made(100), made(40)]
  for (const id of [one, other]) records.change('invoices', id, { last_modified_time: '2026-01-01T00:00:00+0300' })
  const contact = fieldsOf('contacts', customer).last_modified_time
  webhooks.set({ target: 'http://127.0.0.1:1' })
  const invoice = (id: string) =>
    said(fieldsOf('invoices', id), 'status', 'balance', 'payment_made', 'last_modified_time')

  const entries = [
    { invoice_id: one, amount_applied: 60 },
    { invoice_id: other, amount_applied: 40 },
  ]
  const payment = records.create('customerpayments', { amount: 110, invoices: entries })
  t.strictSame(said(payment.fields, 'amount', 'unused_amount', 'customer_id', 'currency_code'), [
    '110',
    '10.00',
    customer,
    'USD',
  ])
  t.match(payment.fields.invoices, [
    { invoice_payment_id: /^\d{19}$/, invoice_number: /^INV-/, apply_date: '2026-02-03' },
    {},
  ])
  t.strictSame(invoice(one), ['partially_paid', '40.00', '60.00', now])
  t.strictSame(invoice(other), ['paid', '0', '40.00', now])
  t.equal(fieldsOf('invoices', one).last_payment_date, '2026-02-03')
  t.strictSame(
    webhooks.pending().map(({ module, event, id }) => [module, event, id]),
    [
      ['payments', 'created', payment.id],
      ['invoices', 'edited', one],
      ['invoices', 'edited', other],
    ],
  )

  records.change('customerpayments', payment.id, { invoices: [{ invoice_id: one, amount_applied: 100 }] })
  t.strictSame(invoice(one).slice(0, 3), ['paid', '0', '100.00'])
  t.strictSame(invoice(other).slice(0, 3), ['sent', '40.00', '0'])
  t.equal(textOf(fieldsOf('customerpayments', payment.id).unused_amount), '10.00')
  records.delete('customerpayments', payment.id)
  t.strictSame(invoice(one).slice(0, 3), ['sent', '100.00', '0'])
  t.equal(fieldsOf('contacts', customer).last_modified_time, contact)
})

t.test('a change of a payment that moves no money leaves its invoices alone', async (t) => {
  const { records, webhooks, fieldsOf } = await company(t)
  const [id = ''] = records.ids('customerpayments', ({ fields }) => list(fields.invoices).length > 0)
  const invoice = textOf(list(fieldsOf('customerpayments', id).invoices)[0]?.invoice_id)
  const before = JSON.stringify(fieldsOf('invoices', invoice))
  webhooks.set({ target: 'http://127.0.0.1:1' })
  records.change('customerpayments', id, { description: 'by hand' })
  t.equal(JSON.stringify(fieldsOf('invoices', invoice)), before)
  t.match(webhooks.pending(), [{ module: 'payments', event: 'edited', id }])
})

t.test(
  'what happens silently to a payment happens silently to its invoice; a deletion still moves its time',
  async (t) => {
    const { records, webhooks, fieldsOf } = await company(t)
    const [id = ''] = records.ids('customerpayments', ({ fields }) => list(fields.invoices).length === 1)
    const [entry = {}] = list(fieldsOf('customerpayments', id).invoices)
    const invoice = textOf(entry.invoice_id)
    const [time, paid] = said(fieldsOf('invoices', invoice), 'last_modified_time', 'payment_made')
    webhooks.set({ target: 'http://127.0.0.1:1' })
    records.change('customerpayments', id, { invoices: [] }, { silent: true })
    t.not(textOf(fieldsOf('invoices', invoice).payment_made), paid)
    t.equal(fieldsOf('invoices', invoice).last_modified_time, time)
    records.change('customerpayments', id, { invoices: [entry] }, { silent: true })
    t.equal(textOf(fieldsOf('invoices', invoice).payment_made), paid)
    records.delete('customerpayments', id, { silent: true })
    t.equal(fieldsOf('invoices', invoice).last_modified_time, now)
    t.strictSame(webhooks.pending(), [])
  },
)

t.test('a vendor payment moves bills, a credit note invoices', async (t) => {
  const { records, customer, vendor, webhooks, fieldsOf } = await company(t)
  const bill = records.create('bills', { vendor_id: vendor, line_items: [{ rate: 10 }], due_date: '2026-03-01' }).id
  const invoice = records.create('invoices', { customer_id: customer, line_items: [{ rate: 30 }] }).id
  webhooks.set({ target: 'http://127.0.0.1:1' })
  const payment = records.create('vendorpayments', { amount: 12, bills: [{ bill_id: bill, amount_applied: 10 }] })
  t.equal(textOf(payment.fields.balance), '2.00')
  t.strictSame(said(fieldsOf('bills', bill), 'status', 'balance'), ['paid', '0'])

  const credit = { invoices_credited: [{ invoice_id: invoice, credited_amount: 8 }] }
  const lines = { line_items: [{ rate: 20 }] }
  const note = records.create('creditnotes', { customer_id: customer, ...lines, ...credit })
  t.strictSame(said(note.fields, 'status', 'balance', 'total_credits_used'), ['open', '12.00', '8.00'])
  t.strictSame(said(fieldsOf('invoices', invoice), 'balance', 'credits_applied'), ['22.00', '8.00'])
  const used = records.change('creditnotes', note.id, { creditnote_refunds: [{ amount_fcy: 12 }] }).fields
  t.strictSame(said(used, 'status', 'balance', 'total_refunded_amount'), ['closed', '0', '12.00'])
  t.strictSame(
    webhooks.pending().map(({ module }) => module),
    ['vendor-payments', 'bills', 'credit-notes', 'invoices', 'credit-notes'],
  )
})

t.test(
  'webhooks carry the detail document in its envelope, with texts for people, under the module of its kind',
  async (t) => {
    const { world } = createWorld(settingsFrom({ items: 60 }))
    const envelopes: Record<string, [string, string, string]> = {
      invoices: ['invoices', 'invoice', 'balance_formatted'],
      bills: ['bills', 'bill', 'total_formatted'],
      customerpayments: ['payments', 'payment', 'amount_formatted'],
      vendorpayments: ['vendor-payments', 'vendorpayment', 'amount_formatted'],
      creditnotes: ['credit-notes', 'creditnote', 'total_formatted'],
      salesorders: ['orders', 'salesorder', 'total_formatted'],
      purchaseorders: ['purchase-orders', 'purchaseorder', 'total_formatted'],
    }
    for (const [name, [module, envelope, formatted]] of Object.entries(envelopes)) {
      const resource = resources.find((one) => one.name === name)
      const record = world.store.all(name).find(({ fields }) => fields.currency_code === 'USD')
      if (!resource || !record) throw new Error(`no ${name}`)
      t.equal(resource.webhook?.module, module)
      const change = { event: 'edited', resource, record } as const
      const body = objectOf(parseJson(payloadOf(change, 'default', world).body))
      t.match(body, {
        [envelope]: { [resource.idField]: record.id, [formatted]: /^\$\d+\.\d\d$/, date_formatted: record.fields.date },
      })
      const form = new URLSearchParams(payloadOf(change, 'form', world).body)
      t.equal(form.get(resource.idField), record.id)
    }
  },
)
