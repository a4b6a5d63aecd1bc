import t, { type Test } from 'tap'
import type { Db } from '../../../db/index.ts'
import { totals } from '../../../src/entities/parts/checks.ts'
import { testDatabase } from '../../helpers/database.ts'
import { contradictions, insert, insertAll, knowCurrencies, type Row } from './documents.ts'

interface Example {
  readonly document: Row
  /** item_total and tax_percentage of each line. */
  readonly lines: readonly (readonly [string, string?])[]
}

/** Right documents of each kind, computed by hand. */
const examples: Readonly<Record<string, Example>> = {
  'one without tax or discount': {
    document: { sub_total: '30.00', tax_total: '0', total: '30.00' },
    lines: [['10.00'], ['20.00']],
  },
  'one with tax on top': {
    document: { sub_total: '100.00', tax_total: '15.00', total: '115.00' },
    lines: [
      ['40.00', '15'],
      ['60.00', '15'],
    ],
  },
  'one with a discount before tax': {
    // 10 % off 100 leaves 90, 15 % of that is 13.50.
    document: { sub_total: '100.00', discount_amount: '10.00', tax_total: '13.50', total: '103.50' },
    lines: [
      ['40.00', '15'],
      ['60.00', '15'],
    ],
  },
  'one with a discount after tax': {
    document: {
      is_discount_before_tax: false,
      sub_total: '100.00',
      discount_amount: '10.00',
      tax_total: '15.00',
      total: '105.00',
    },
    lines: [
      ['40.00', '15'],
      ['60.00', '15'],
    ],
  },
  'one with discounts of its lines': {
    // The lines are what is left after 5.00 and 10.00; the document's own figure is their sum and not taken off again.
    document: {
      discount_type: 'item_level',
      discount_amount: '15.00',
      sub_total: '85.00',
      tax_total: '4.25',
      total: '89.25',
    },
    lines: [
      ['35.00', '5'],
      ['50.00', '5'],
    ],
  },
  'one with the tax inside, lines and all': {
    // 115 with 15 % inside are 100 and 15.
    document: {
      is_inclusive_tax: true,
      sub_total: '100.00',
      sub_total_inclusive_of_tax: '115.00',
      tax_total: '15.00',
      total: '115.00',
    },
    lines: [
      ['46.00', '15'],
      ['69.00', '15'],
    ],
  },
  'one with the tax inside and lines without it': {
    document: {
      is_inclusive_tax: true,
      sub_total: '100.00',
      sub_total_inclusive_of_tax: '115.00',
      tax_total: '15.00',
      total: '115.00',
    },
    lines: [
      ['40.00', '15'],
      ['60.00', '15'],
    ],
  },
  'one with the tax inside and a discount before it': {
    // 23 off 115 leaves 92, of which 12 are tax.
    document: {
      is_inclusive_tax: true,
      sub_total: '103.00',
      sub_total_inclusive_of_tax: '115.00',
      discount_amount: '23.00',
      tax_total: '12.00',
      total: '92.00',
    },
    lines: [
      ['46.00', '15'],
      ['69.00', '15'],
    ],
  },
  'one with freight and an adjustment downwards': {
    document: { sub_total: '30.00', tax_total: '0', shipping_charge: '7.25', adjustment: '-0.05', total: '37.20' },
    lines: [['10.00'], ['20.00']],
  },
  'one that Zoho rounded': {
    document: { sub_total: '30.40', tax_total: '0', total: '30.00', zoho_data: '{"roundoff_value":-0.4}' },
    lines: [['10.40'], ['20.00']],
  },
  'one in dinars': {
    document: { currency_code: 'IQD', sub_total: '12500', discount_amount: '250', tax_total: '0', total: '12250' },
    lines: [['12500']],
  },
  'one without lines': { document: { sub_total: '0', tax_total: '0', total: '0' }, lines: [] },
}

const tables = [
  { table: 'invoices', id: 'zoho_invoice_id', lines: 'invoice_items' },
  { table: 'bills', id: 'zoho_bill_id', lines: 'bill_items' },
  { table: 'credit_notes', id: 'zoho_creditnote_id', lines: 'credit_note_items' },
  { table: 'sales_orders', id: 'zoho_salesorder_id', lines: 'sales_order_items' },
  { table: 'purchase_orders', id: 'zoho_purchaseorder_id', lines: 'purchase_order_items' },
] as const

const invoices = tables[0]
const checks = totals(invoices)

async function plant(db: Db, { document, lines }: Example, id: string, spec: (typeof tables)[number] = invoices) {
  await insert(db, spec.table, {
    [spec.id]: id,
    currency_code: 'USD',
    is_inclusive_tax: false,
    is_discount_before_tax: true,
    discount_type: 'entity_level',
    detail_due: false,
    ...document,
  })
  const rows = lines.map(
    ([item_total, tax_percentage = '0'], index): Row => ({
      [spec.id]: id,
      zoho_line_item_id: `${id}${index}`,
      rate: item_total,
      item_total,
      tax_percentage,
    }),
  )
  await insertAll(db, spec.lines, rows)
}

async function setUp(t: Test): Promise<Db> {
  const { db } = await testDatabase(t)
  await knowCurrencies(db)
  return db
}

t.test('a right document of each kind contradicts nothing, in every table', async (t) => {
  const db = await setUp(t)
  for (const spec of tables) {
    for (const [index, example] of Object.values(examples).entries()) await plant(db, example, `${100 + index}`, spec)
    for (const name of ['sub_total', 'total', 'tax'])
      t.strictSame(await contradictions(db, totals(spec), name), [], `${spec.table}.${name}`)
  }
})

/** One unit more than what a document with so many lines may be off by. */
const beyond = ({ document, lines }: Example): number =>
  (Math.max(1, lines.length) + 1) * (document.currency_code === 'IQD' ? 1 : 0.01)

const plus = (amount: Row[string] | undefined, by: number): string => (Number(amount) + by).toFixed(2)

t.test('a wrong total is found from one unit beyond the tolerance on, a unit less is not', async (t) => {
  for (const [about, example] of Object.entries(examples)) {
    const db = await setUp(t)
    const unit = example.document.currency_code === 'IQD' ? 1 : 0.01
    const off = (by: number) => ({
      ...example,
      document: { ...example.document, total: plus(example.document.total, by) },
    })
    await plant(db, off(beyond(example)), '1')
    await plant(db, off(-beyond(example)), '2')
    await plant(db, off(beyond(example) - unit), '3')
    const found = await contradictions(db, checks, 'total')
    t.strictSame(
      found.map((each) => each.source_entity_id),
      ['1', '2'],
      about,
    )
  }
})

t.test('lines that do not make the sub-total are found, whether the tax is in them or not', async (t) => {
  for (const [about, example] of Object.entries(examples)) {
    if (example.lines.length === 0) continue
    const db = await setUp(t)
    const unit = example.document.currency_code === 'IQD' ? 1 : 0.01
    const off = (by: number): Example => ({
      ...example,
      lines: example.lines.map(([amount, percent = '0'], index) => [index === 0 ? plus(amount, by) : amount, percent]),
    })
    await plant(db, off(beyond(example)), '1')
    await plant(db, off(beyond(example) - unit), '2')
    const found = await contradictions(db, checks, 'sub_total')
    t.strictSame(
      found.map((each) => each.source_entity_id),
      ['1'],
      about,
    )
  }
})

t.test('a tax that the rates do not make is found', async (t) => {
  for (const [about, example] of Object.entries(examples)) {
    const db = await setUp(t)
    const by = beyond(example)
    const { tax_total, total } = example.document
    // The total moves along, so that only the tax itself is wrong.
    await plant(
      db,
      { ...example, document: { ...example.document, tax_total: plus(tax_total, by), total: plus(total, by) } },
      '1',
    )
    t.equal((await contradictions(db, checks, 'tax')).length, 1, about)
  }
})

t.test('what is expected and what was found is told in the digits and the name of the currency', async (t) => {
  const db = await setUp(t)
  await plant(db, { document: { sub_total: '30', tax_total: '0', total: '31.5' }, lines: [['30']] }, '1')
  t.strictSame(await contradictions(db, checks, 'total'), [
    { source_entity_id: '1', expected: '30.00 USD', found: '31.50 USD' },
  ])
})

t.test('the precision is the document’s own before its currency’s', async (t) => {
  const db = await setUp(t)
  const document = { sub_total: '30.000', tax_total: '0', total: '30.002' }
  await plant(db, { document: { ...document, price_precision: '3' }, lines: [['30.000']] }, '1')
  await plant(db, { document, lines: [['30.000']] }, '2')
  t.match(await contradictions(db, checks, 'total'), [{ source_entity_id: '1' }])
})

t.test('only documents whose lines are here are judged', async (t) => {
  const db = await setUp(t)
  const wrong: Example = { document: { sub_total: '30.00', tax_total: '0', total: '99.00' }, lines: [['1.00']] }
  await plant(db, { ...wrong, document: { ...wrong.document, detail_due: true } }, '1')
  await plant(db, { ...wrong, document: { ...wrong.document, deleted_at: '2025-01-01' } }, '2')
  await plant(db, { ...wrong, document: { ...wrong.document, zoho_data: '{"is_opening_balance":"true"}' } }, '3')
  await plant(db, { ...wrong, document: { total: '99.00' } }, '4')
  for (const name of ['sub_total', 'total', 'tax']) t.strictSame(await contradictions(db, checks, name), [], name)
})

t.test('a tax that somebody overrode or the other side owes is not recomputed', async (t) => {
  const db = await setUp(t)
  const document = { sub_total: '100.00', tax_total: '14.00', total: '114.00' }
  const documents = [
    '{"tax_override_preference":"transaction_level"}',
    '{"is_reverse_charge_applied":true}',
    '{"shipping_charge_tax":"0.5"}',
  ]
  for (const [index, zoho_data] of documents.entries())
    await plant(db, { document: { ...document, zoho_data }, lines: [['100.00', '15']] }, `${index + 1}`)
  await plant(
    db,
    { document: { ...document, zoho_data: '{"tax_override_preference":"no_override"}' }, lines: [['100.00', '15']] },
    '9',
  )
  t.match(await contradictions(db, checks, 'tax'), [{ source_entity_id: '9', expected: '15.00 USD' }])
})

t.test('a limit is kept, lowest ids first', async (t) => {
  const db = await setUp(t)
  const wrong: Example = { document: { sub_total: '1', tax_total: '0', total: '99.00' }, lines: [['1']] }
  for (const id of ['3', '1', '2']) await plant(db, wrong, id)
  const found = await checks.find(({ name }) => name === 'total')?.find(db, 2)
  t.strictSame(
    found?.map((each) => each.source_entity_id),
    ['1', '2'],
  )
})
