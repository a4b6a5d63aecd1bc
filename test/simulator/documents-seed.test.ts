import t from 'tap'
import { type Fields, isAmount, isFields, numberOf, textOf } from './json.ts'
import { settingsFrom } from './options.ts'
import type { StoredRecord, World } from './resource.ts'
import { createWorld } from './world.ts'

// A second way to add up, for the sake of the first: every amount as whole units of 10^-digits, read from its literal.
const digits = 12
function units(value: unknown): bigint {
  const text = isAmount(value) ? value.rawJSON : String(value)
  const [whole = '', fraction = ''] = text.split('.')
  if (!/^-?\d+$/.test(whole) || fraction.length > digits) throw new Error(`not an amount: ${text}`)
  return BigInt(whole + fraction.padEnd(digits, '0'))
}
const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : [])
const sum = (rows: Fields[], key: string): bigint => rows.reduce((total, row) => total + units(row[key]), 0n)

const worldOf = (options: Parameters<typeof settingsFrom>[0] = {}) => createWorld(settingsFrom(options)).world
const world = worldOf()
const fieldsOf = (resource: string, of: World = world): Fields[] => of.store.all(resource).map(({ fields }) => fields)
const documents = ['salesorders', 'purchaseorders', 'invoices', 'bills', 'creditnotes']
const unsettled = new Set(['draft', 'void'])

t.test('the full organisation has its numbers of documents, the smallest at least three of each', async (t) => {
  const numbers = (of: World) =>
    Object.fromEntries(
      [...documents, 'customerpayments', 'vendorpayments'].map((name) => [name, of.store.all(name).length]),
    )
  t.strictSame(numbers(world), {
    salesorders: 260,
    purchaseorders: 120,
    invoices: 1500,
    bills: 220,
    creditnotes: 80,
    customerpayments: 1200,
    vendorpayments: 180,
  })
  t.ok(Object.values(numbers(worldOf({ items: 60 }))).every((count) => count >= 3))
  t.ok(
    Object.values(numbers(worldOf({ items: 0 }))).every((count) => count === 0),
    'without items there is no trade',
  )
})

t.test('every document adds up exactly in the precision of its currency', async (t) => {
  for (const seed of [1, 2]) {
    const of = seed === 1 ? world : worldOf({ seed, items: 700 })
    for (const resource of documents)
      for (const fields of fieldsOf(resource, of)) {
        const wrong = faultsOf(fields)
        if (wrong.length > 0) t.fail(`${resource} ${textOf(fields.currency_code)}: ${wrong.join()}`, fields)
      }
  }
})

function faultsOf(document: Fields): string[] {
  const lines = list(document.line_items)
  const whole = sum(lines, 'item_total')
  const inclusive = document.is_inclusive_tax === true
  const rest = units(document.tax_total) + units(document.shipping_charge) + units(document.adjustment)
  const checks: Record<string, boolean> = {
    lines: lines.length >= 1 && lines.length <= 6 && lines.every((line) => isPriced(line, document)),
    subTotal: units(document.sub_total) === (inclusive ? whole - units(document.tax_total) : whole),
    inclusiveSubTotal: units(document.sub_total_inclusive_of_tax) === (inclusive ? whole : 0n),
    taxes: sum(list(document.taxes), 'tax_amount') === units(document.tax_total),
    lineTaxes:
      sum(
        lines.flatMap((line) => list(line.line_item_taxes)),
        'tax_amount',
      ) === units(document.tax_total),
    total: units(document.total) === units(document.sub_total) - units(document.discount_amount) + rest,
    discounts: units(document.discount_total) === units(document.discount_amount) + sum(lines, 'discount_amount'),
    base: isConverted(document),
    precision: ['total', 'sub_total', 'tax_total', 'discount_amount'].every((key) => fits(document, key)),
  }
  return Object.keys(checks).filter((name) => !checks[name])
}

// quantity × rate − discount, to the nearest unit: at most half a unit away.
function isPriced(line: Fields, document: Fields): boolean {
  const exact = units(line.quantity) * units(line.rate) - units(line.discount_amount) * 10n ** 12n
  const away = units(line.item_total) * 10n ** 12n - exact
  return (away < 0n ? -away : away) * 2n <= 10n ** BigInt(24 - numberOf(document.price_precision))
}

function isConverted(document: Fields): boolean {
  const away =
    units(document.bcy_total) -
    BigInt(Math.round(numberOf(document.total) * numberOf(document.exchange_rate) * 1e4)) * 10n ** 8n
  return (away < 0n ? -away : away) <= 10n ** 10n
}

const fits = (document: Fields, key: string): boolean =>
  units(document[key]) % 10n ** BigInt(12 - numberOf(document.price_precision)) === 0n

t.test('discounts, taxes and currencies come in every kind', async (t) => {
  for (const resource of ['invoices', 'bills']) {
    const all = fieldsOf(resource).filter(({ status }) => !unsettled.has(textOf(status)))
    const some = (name: string, test: (fields: Fields) => boolean) => t.ok(all.some(test), `${resource}: ${name}`)
    const taxed = (percent: number) => (fields: Fields) =>
      list(fields.line_items).some((line) => line.tax_percentage === percent)
    some('percentage before tax', (one) => textOf(one.discount).endsWith('%') && one.is_discount_before_tax === true)
    some('amount before tax', (one) => numberOf(one.discount) > 0 && one.is_discount_before_tax === true)
    some('after tax', (one) => units(one.discount_amount) > 0n && one.is_discount_before_tax === false)
    some('by line', (one) => one.discount_type === 'item_level' && units(one.discount_total) > 0n)
    some('inclusive tax', (one) => one.is_inclusive_tax === true && units(one.tax_total) > 0n)
    for (const percent of [0, 5, 15]) some(`${percent} %`, taxed(percent))
    some('two taxes', ({ taxes }) => list(taxes).length === 2)
    some('freight', ({ shipping_charge }) => units(shipping_charge) > 0n)
    some('adjustment', ({ adjustment }) => units(adjustment) < 0n)
    some('dinars', ({ currency_code, price_precision }) => currency_code === 'IQD' && price_precision === 0)
    some('dollars', ({ currency_code, price_precision }) => currency_code === 'USD' && price_precision === 2)
    some('another exchange rate', ({ exchange_rate }) => textOf(exchange_rate) === '0.000684931506849')
  }
})

t.test('total less balance is what payments, credits and write-offs settled', async (t) => {
  const settled = new Map<string, bigint>()
  const add = (id: unknown, amount: unknown) =>
    settled.set(textOf(id as string), (settled.get(textOf(id as string)) ?? 0n) + units(amount))
  for (const payment of fieldsOf('customerpayments'))
    for (const entry of list(payment.invoices)) add(entry.invoice_id, entry.amount_applied)
  for (const payment of fieldsOf('vendorpayments'))
    for (const entry of list(payment.bills)) add(entry.bill_id, entry.amount_applied)
  for (const note of fieldsOf('creditnotes'))
    for (const entry of list(note.invoices_credited)) add(entry.invoice_id, entry.credited_amount)
  const check = ({ id, fields }: StoredRecord) => {
    const writtenOff = units(fields.write_off_amount ?? 0)
    const expected = unsettled.has(textOf(fields.status)) ? 0n : (settled.get(id) ?? 0n) + writtenOff
    if (units(fields.total) - units(fields.balance) !== expected) t.fail(`${id}`, fields)
    const parts = ['payment_made', 'credits_applied', 'vendor_credits_applied'].map((key) => units(fields[key] ?? 0))
    if (parts.reduce((a, b) => a + b) !== (settled.get(id) ?? 0n)) t.fail(`${id} names other sums`, fields)
  }
  for (const resource of ['invoices', 'bills']) world.store.all(resource).forEach(check)
  t.ok(fieldsOf('invoices').filter(({ write_off_amount }) => units(write_off_amount) > 0n).length >= 10)
  t.ok(fieldsOf('invoices').some(({ credits_applied }) => units(credits_applied) > 0n))
})

t.test('a payment is what it applies and what is left; a credit note what it credits, refunds and keeps', async (t) => {
  for (const [resource, entries, rest] of [
    ['customerpayments', 'invoices', 'unused_amount'],
    ['vendorpayments', 'bills', 'balance'],
  ] as const) {
    const all = fieldsOf(resource)
    for (const fields of all) {
      const applied = sum(list(fields[entries]), 'amount_applied')
      if (units(fields.amount) !== applied + units(fields[rest]) || !fits(fields, 'amount')) t.fail(resource, fields)
    }
    t.ok(
      all.some((fields) => list(fields[entries]).length > 1),
      `${resource}: several at once`,
    )
    t.ok(
      all.some((fields) => list(fields[entries]).length === 0),
      `${resource}: an advance`,
    )
    t.ok(
      all.some((fields) => list(fields[entries]).length > 0 && units(fields[rest]) > 0n),
      `${resource}: too much`,
    )
  }
  for (const note of fieldsOf('creditnotes')) {
    const used = sum(list(note.invoices_credited), 'credited_amount')
    const refunded = sum(list(note.creditnote_refunds), 'amount_fcy')
    const kept = unsettled.has(textOf(note.status)) ? units(note.total) : units(note.total) - used - refunded
    if (units(note.balance) !== kept || units(note.total_credits_used) !== used) t.fail('credit note', note)
    if (units(note.total_refunded_amount) !== refunded) t.fail('credit note refund', note)
  }
})

t.test('statuses follow balance and due date', async (t) => {
  const today = '2025-10-01'
  for (const resource of ['invoices', 'bills'])
    for (const fields of fieldsOf(resource)) {
      const status = textOf(fields.status)
      const [total, balance] = [units(fields.total), units(fields.balance)]
      const isLate = textOf(fields.due_date) < today
      const fits: Record<string, boolean> = {
        draft: balance === total,
        void: balance === total,
        paid: balance === 0n,
        overdue: isLate && balance > 0n,
        partially_paid: !isLate && balance > 0n && balance < total,
      }
      const isOpen = ['sent', 'viewed', 'unpaid', 'open'].includes(status) && !isLate && balance === total
      if (!(fits[status] ?? isOpen)) t.fail(`${resource} ${status}`, fields)
    }
  const count = (resource: string) => Object.groupBy(fieldsOf(resource), ({ status }) => textOf(status))
  for (const status of ['draft', 'void', 'paid', 'overdue', 'partially_paid', 'sent', 'viewed', 'unpaid'])
    t.ok((count('invoices')[status]?.length ?? 0) > 0, `invoices ${status}`)
  for (const status of ['draft', 'void', 'paid', 'overdue', 'partially_paid', 'open'])
    t.ok((count('bills')[status]?.length ?? 0) > 0, `bills ${status}`)
  for (const status of ['draft', 'void', 'closed', 'open']) t.ok(count('creditnotes')[status], `credit notes ${status}`)
})

t.test('documents from orders bill what the order says was taken', async (t) => {
  for (const [orders, documents_, link, item, taken] of [
    ['salesorders', 'invoices', 'salesorder_id', 'salesorder_item_id', 'quantity_invoiced'],
    ['purchaseorders', 'bills', 'purchaseorder_id', 'purchaseorder_item_id', 'quantity_billed'],
  ] as const) {
    const billed = new Map<string, unknown>()
    const fromOrders = fieldsOf(documents_).filter((fields) => fields[link])
    t.ok(fromOrders.length > 50)
    for (const fields of fromOrders)
      for (const line of list(fields.line_items)) billed.set(textOf(line[item]), numberOf(line.quantity))
    for (const order of world.store.all(orders))
      for (const line of list(order.fields.line_items)) {
        const quantity = billed.get(textOf(line.line_item_id)) ?? 0
        if (quantity !== numberOf(line[taken])) t.fail(`${orders} ${order.id}`, line)
      }
    const whole = fromOrders.find((fields) => world.store.get(orders, textOf(fields[link]))?.fields.status === 'closed')
    t.strictSame(whole?.total, world.store.get(orders, textOf(whole?.[link]))?.fields.total)
  }
})

t.test(
  'a fifth of the documents is of the last six months; nothing is after the anchor or before its making',
  async (t) => {
    const { anchorMs } = world.settings
    const halfYear = anchorMs - 182 * 86_400_000
    for (const resource of [...documents, 'customerpayments', 'vendorpayments']) {
      const all = world.store.all(resource)
      for (const { createdMs, modifiedMs, fields } of all) {
        if (createdMs > modifiedMs || modifiedMs > anchorMs) t.fail(`${resource} ${createdMs} ${modifiedMs}`)
        if (world.time.parse(textOf(fields.last_modified_time)) !== modifiedMs) t.fail(`${resource} stamp`, fields)
      }
      const share = all.filter(({ createdMs }) => createdMs >= halfYear).length / all.length
      t.ok(share > 0.15 && share < 0.35, `${resource} ${share}`)
    }
  },
)

t.test('what a payment or credit settles was modified with it or later', async (t) => {
  const settlers = [
    ['customerpayments', 'invoices', 'invoice_id', 'invoices'],
    ['vendorpayments', 'bills', 'bill_id', 'bills'],
    ['creditnotes', 'invoices_credited', 'invoice_id', 'invoices'],
  ] as const
  for (const [resource, entries, idField, target] of settlers)
    for (const { createdMs, fields } of world.store.all(resource))
      for (const entry of list(fields[entries])) {
        const settled = world.store.get(target, textOf(entry[idField]))
        if (!settled || settled.modifiedMs < createdMs) t.fail(`${resource} of ${textOf(entry[idField])}`)
      }
})

t.test('ids, numbers and line ids are unique, and lines are of items that exist', async (t) => {
  for (const resource of documents) {
    const lines = fieldsOf(resource).flatMap(({ line_items }) => list(line_items))
    t.equal(new Set(lines.map(({ line_item_id }) => line_item_id)).size, lines.length)
    t.ok(lines.every(({ item_id, name }) => world.store.get('items', textOf(item_id)) && name !== ''))
  }
  const numbers = fieldsOf('invoices').map(({ invoice_number }) => invoice_number)
  t.equal(new Set(numbers).size, 1500)
  t.equal(numbers[0], 'INV-000001')
})

t.test('the same seed gives the same documents, another seed others', async (t) => {
  const text = (seed: number) => {
    const of = worldOf({ seed, items: 300 })
    return JSON.stringify([...documents, 'customerpayments'].map((resource) => of.store.all(resource)))
  }
  t.equal(text(5), text(5))
  t.not(text(5), text(6))
})
