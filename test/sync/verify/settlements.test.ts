import t, { type Test } from 'tap'
import { type Db, sql } from '../../../db/index.ts'
import { allocations, balances, contactBalances, creditBalances } from '../../../src/entities/parts/checks.ts'
import { testDatabase } from '../../helpers/database.ts'
import { contradictions, insert, insertAll, knowCurrencies, type Row } from './documents.ts'

const paymentChecks = allocations({
  table: 'customer_payments',
  id: 'zoho_payment_id',
  allocations: 'customer_payment_allocations',
  refunds: 'payment_refunds',
})

const invoiceChecks = balances({
  table: 'invoices',
  id: 'zoho_invoice_id',
  party: 'zoho_customer_id',
  payments: { table: 'customer_payments', allocations: 'customer_payment_allocations' },
  credits: { table: 'credit_notes', allocations: 'credit_note_invoices' },
  creditsApplied: 'credits_applied',
  writtenOff: 'write_off_amount',
})

const billChecks = balances({
  table: 'bills',
  id: 'zoho_bill_id',
  party: 'zoho_vendor_id',
  payments: { table: 'vendor_payments', allocations: 'vendor_payment_allocations' },
  creditsApplied: 'vendor_credits_applied',
})

const creditChecks = creditBalances({
  table: 'credit_notes',
  id: 'zoho_creditnote_id',
  used: 'total_credits_used',
  refunded: 'total_refunded_amount',
  allocations: 'credit_note_invoices',
})

const customerChecks = contactBalances({
  table: 'customers',
  outstanding: 'outstanding_receivable_amount',
  documents: 'invoices',
  party: 'zoho_customer_id',
})

const here = { currency_code: 'USD', detail_due: false }
const payment = (id: string, row: Row): Row => ({ ...here, zoho_payment_id: id, status: 'paid', ...row })
const invoice = (id: string, row: Row): Row => ({ ...here, zoho_invoice_id: id, status: 'sent', ...row })
const bill = (id: string, row: Row): Row => ({ ...here, zoho_bill_id: id, status: 'open', ...row })
const note = (id: string, row: Row): Row => ({ ...here, zoho_creditnote_id: id, status: 'open', ...row })
const customer = (id: string, row: Row): Row => ({ ...here, zoho_contact_id: id, ...row })

const paid = (payment_id: string, invoice_id: string, amount_applied: string, more: Row = {}): Row => ({
  zoho_payment_id: payment_id,
  zoho_allocation_id: `${payment_id}-${invoice_id}`,
  zoho_invoice_id: invoice_id,
  amount_applied,
  ...more,
})

const credited = (creditnote_id: string, invoice_id: string, amount_applied: string): Row => ({
  zoho_creditnote_id: creditnote_id,
  zoho_allocation_id: `${creditnote_id}-${invoice_id}`,
  zoho_invoice_id: invoice_id,
  amount_applied,
})

async function setUp(t: Test): Promise<Db> {
  const { db } = await testDatabase(t)
  await knowCurrencies(db)
  return db
}

const idsOf = (found: readonly { source_entity_id: string }[]) => found.map((each) => each.source_entity_id)

t.test('a payment is what it settles, what is left of it and what went back', async (t) => {
  const db = await setUp(t)
  const refunds = JSON.stringify({ payment_refunds: [{ amount_fcy: '5.00', amount: 7 }, { amount: 1.5 }] })
  await insertAll(db, 'customer_payments', [
    payment('1', { amount: '100.00', unused_amount: '0' }),
    payment('2', { amount: '100.00', unused_amount: '39.99' }),
    payment('3', { amount: '6.50', unused_amount: '0', zoho_data: refunds }),
    payment('4', {
      amount: '50.00',
      unused_amount: '50.00',
      bank_charges: '2.00',
      zoho_data: '{"payment_refunds":""}',
    }),
    // Tax that was withheld settles the invoice without being paid.
    payment('5', { amount: '90.00', unused_amount: '0', tax_amount_withheld: '10.00' }),
    payment('6', { amount: '100.01', unused_amount: '0' }),
    payment('7', { amount: '100.00', unused_amount: '1.00' }),
    payment('8', { amount: '77.00', unused_amount: '0', detail_due: true }),
    payment('9', { amount: '77.00', unused_amount: '0', status: 'void' }),
  ])
  await insertAll(db, 'customer_payment_allocations', [
    paid('1', '11', '40.00'),
    paid('1', '12', '60.00'),
    paid('2', '11', '60.01'),
    paid('5', '11', '90.00', { tax_amount_withheld: '10.00' }),
    paid('6', '11', '100.00'),
    paid('7', '11', '100.00'),
    paid('7', '12', '3.00', { deleted_at: '2025-01-01' }),
  ])
  t.strictSame(await contradictions(db, paymentChecks, 'allocation'), [
    { source_entity_id: '6', expected: '100.00 USD', found: '100.01 USD' },
    { source_entity_id: '7', expected: '101.00 USD', found: '100.00 USD' },
  ])
})

t.test('what is no longer owed of an invoice was paid, credited or written off', async (t) => {
  const db = await setUp(t)
  await insertAll(db, 'invoices', [
    invoice('1', { total: '100.00', balance: '100.00' }),
    invoice('2', { total: '100.00', balance: '0', credits_applied: '20.00', write_off_amount: '0.50' }),
    invoice('3', { total: '100.00', balance: '10.00', detail_due: true }),
    // A balance that one cent too little was paid for, and one too much.
    invoice('4', { total: '100.00', balance: '49.99' }),
    invoice('5', { total: '100.00', balance: '50.01' }),
    invoice('6', { total: '100.00', balance: '100.00', status: 'draft', write_off_amount: '1.00' }),
    invoice('7', { total: '100.00', balance: '100.00', status: 'void', write_off_amount: '1.00' }),
  ])
  await insertAll(db, 'customer_payments', [payment('91', { amount: '1' })])
  await insertAll(db, 'customer_payment_allocations', [
    paid('91', '2', '79.50'),
    paid('91', '3', '80.00', { tax_amount_withheld: '8.00', zoho_data: '{"discount_amount":2.00}' }),
    paid('91', '4', '50.00'),
    paid('91', '5', '50.00'),
    paid('91', '7', '50.00'),
  ])
  await insert(db, 'credit_note_invoices', credited('81', '2', '20.00'))
  t.strictSame(await contradictions(db, invoiceChecks, 'balance'), [
    { source_entity_id: '4', expected: '50.00 USD', found: '50.01 USD' },
    { source_entity_id: '5', expected: '50.00 USD', found: '49.99 USD' },
  ])
})

t.test('credits of an invoice that no credit note here explains are told, and do not break its balance', async (t) => {
  const db = await setUp(t)
  await insertAll(db, 'invoices', [
    invoice('1', { total: '100.00', balance: '80.00', credits_applied: '20.00' }),
    invoice('2', { total: '100.00', balance: '80.00', credits_applied: '20.00' }),
  ])
  await insertAll(db, 'credit_note_invoices', [credited('81', '1', '20.00'), credited('81', '2', '19.99')])
  t.strictSame(await contradictions(db, invoiceChecks, 'balance'), [])
  t.match(await contradictions(db, invoiceChecks, 'credits'), [{ source_entity_id: '2', expected: '19.99 USD' }])
  t.equal(invoiceChecks.find(({ name }) => name === 'credits')?.severity, 'warning')
})

t.test('while a payment or credit of its customer is still to be read, an invoice is not judged', async (t) => {
  const db = await setUp(t)
  const unexplained = { total: '100.00', balance: '40.00' }
  await insertAll(db, 'invoices', [
    invoice('1', { ...unexplained, zoho_customer_id: '51' }),
    invoice('2', { ...unexplained, zoho_customer_id: '52' }),
    invoice('3', { ...unexplained, zoho_customer_id: '53' }),
  ])
  await insert(db, 'customer_payments', payment('91', { zoho_customer_id: '51', detail_due: true }))
  await insert(db, 'credit_notes', note('81', { zoho_customer_id: '52', detail_due: true }))
  t.strictSame(idsOf(await contradictions(db, invoiceChecks, 'balance')), ['3'])
})

t.test('what is no longer owed of a bill was paid or credited by the supplier', async (t) => {
  const db = await setUp(t)
  await insertAll(db, 'bills', [
    bill('1', { total: '100.00', balance: '25.00', vendor_credits_applied: '15.00' }),
    bill('2', { total: '100.00', balance: '25.01', vendor_credits_applied: '15.00' }),
    bill('3', { total: '100.00', balance: '0', detail_due: true }),
  ])
  const settle = (id: string): Row => ({
    zoho_payment_id: '91',
    zoho_allocation_id: id,
    zoho_bill_id: id,
    amount_applied: '60.00',
  })
  await insertAll(db, 'vendor_payment_allocations', [settle('1'), settle('2')])
  t.match(await contradictions(db, billChecks, 'balance'), [{ source_entity_id: '2', expected: '75.00 USD' }])
  t.strictSame(
    billChecks.map(({ name }) => name),
    ['balance'],
  )
})

t.test('a credit note is what was used of it, what went back, and its balance', async (t) => {
  const db = await setUp(t)
  const used = { total: '100.00', total_credits_used: '60.00', total_refunded_amount: '15.00' }
  await insertAll(db, 'credit_notes', [
    note('1', { ...used, balance: '25.00' }),
    note('2', { ...used, balance: '24.99' }),
    note('3', { ...used, balance: '25.00' }),
    note('4', { ...used, balance: '100.00', status: 'void' }),
  ])
  await insertAll(db, 'credit_note_invoices', [
    credited('1', '11', '20.00'),
    credited('1', '12', '40.00'),
    credited('2', '11', '60.00'),
    credited('3', '11', '59.99'),
  ])
  t.match(await contradictions(db, creditChecks, 'balance'), [{ source_entity_id: '2', found: '75.01 USD' }])
  t.match(await contradictions(db, creditChecks, 'allocation'), [{ source_entity_id: '3', expected: '59.99 USD' }])
})

t.test('a customer owes what its invoices say, drafts and void ones aside', async (t) => {
  const db = await setUp(t)
  await sql`insert into tds_sync_cursors (entity_type, last_full_at) values ('invoices', now())`.execute(db)
  await insertAll(db, 'customers', [
    customer('1', { outstanding_receivable_amount: '70.00' }),
    customer('2', { outstanding_receivable_amount: '69.99' }),
    // An opening balance and another currency are owed without a document that could be summed.
    customer('3', { outstanding_receivable_amount: '5.00', opening_balance_amount: '5.00' }),
    customer('4', { outstanding_receivable_amount: '5.00' }),
    customer('5', { outstanding_receivable_amount: '0' }),
    customer('6', { outstanding_receivable_amount: '1', currency_code: 'IQD' }),
  ])
  const owed = (id: string, zoho_customer_id: string, row: Row) => invoice(id, { zoho_customer_id, ...row })
  await insertAll(db, 'invoices', [
    ...['1', '2'].flatMap((each) => [
      owed(`${each}1`, each, { balance: '50.00', status: 'overdue' }),
      owed(`${each}2`, each, { balance: '20.00', status: 'partially_paid' }),
      owed(`${each}3`, each, { balance: '900.00', status: 'draft' }),
      owed(`${each}4`, each, { balance: '900.00', status: 'void' }),
      owed(`${each}5`, each, { balance: '900.00', status: 'pending_approval' }),
      owed(`${each}6`, each, { balance: '900.00', deleted_at: '2025-01-01' }),
    ]),
    owed('41', '4', { balance: '6.00', currency_code: 'IQD' }),
  ])
  t.strictSame(await contradictions(db, customerChecks, 'balance'), [
    { source_entity_id: '2', expected: '70.00 USD', found: '69.99 USD' },
    { source_entity_id: '6', expected: '0 IQD', found: '1 IQD' },
  ])
  t.equal(customerChecks[0]?.severity, 'warning')
  await sql`delete from tds_sync_cursors`.execute(db)
  t.strictSame(await contradictions(db, customerChecks, 'balance'), [], 'not before all invoices are here')
})
