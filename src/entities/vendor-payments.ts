import { defineEntity } from './entity.ts'
import { decimal, type Field, id, text } from './field.ts'
import { allocationsOf, shownOf } from './parts/allocations.ts'
import { allocations } from './parts/checks.ts'
import { vendor } from './parts/party.ts'
import { payment, paymentDetail } from './parts/payment.ts'

/** What we paid suppliers, and which bills it settled. */
const shared = {
  ...payment,
  ...vendor.columns,
  currency_code: text('currency_code'),
  exchange_rate: decimal('exchange_rate'),
  // What no bill has used is the payment's `balance` here.
  unused_amount: decimal('balance'),
  account: text('paid_through_account_name'),
  zoho_account_id: id('paid_through_account_id'),
} satisfies Record<string, Field>

export default defineEntity({
  name: 'vendor_payments',
  order: 115,
  id: { fields: ['payment_id'], column: 'zoho_payment_id' },
  lane: 'read',
  webhook: {
    modules: [
      ...['vendor-payments', 'vendor-payment', 'vendor_payments', 'vendor_payment'],
      ...['vendorpayments', 'vendorpayment'],
    ],
    wrappers: ['vendorpayment', 'vendor_payment'],
    rule: { product: 'books', entity: 'vendor_payment', label: 'Payments Made' },
  },
  list: {
    product: 'books',
    path: '/vendorpayments',
    keys: ['vendorpayments', 'vendor_payments'],
    paged: true,
    // Of the documented orders the only one that an edit hardly moves.
    stableSort: 'date',
    modifiedSince: { parameter: 'last_modified_time' },
  },
  read: {
    kind: 'single',
    product: 'books',
    path: (id) => `/vendorpayments/${id}`,
    keys: ['vendorpayment', 'vendor_payment'],
  },
  views: {
    list: { keepsDocument: false, columns: shared },
    detail: { keepsDocument: true, columns: { ...shared, ...paymentDetail }, volatile: shownOf('bills') },
  },
  guarded: ['amount'],
  links: [vendor.link],
  children: [
    allocationsOf({
      table: 'vendor_payment_allocations',
      owner: { reference: 'zoho_payment_id', column: 'vendor_payment_id' },
      list: 'bills',
      entryId: ['bill_payment_id'],
      amount: ['amount_applied'],
      appliedOn: ['apply_date'],
      settles: 'bill',
      columns: { tax_amount_withheld: decimal('tax_amount_withheld') },
    }),
  ],
  details: { when: 'changed', age: 'date' },
  checks: allocations({
    table: 'vendor_payments',
    id: 'zoho_payment_id',
    allocations: 'vendor_payment_allocations',
    refunds: 'vendorpayment_refunds',
  }),
  timetable: [
    { mode: 'full', cron: '4 4 * * *' },
    { mode: 'incremental', cron: '8-59/15 * * * *' },
  ],
})
