import { defineEntity } from './entity.ts'
import { decimal, type Field, id, text } from './field.ts'
import { allocationsOf, shownOf } from './parts/allocations.ts'
import { allocations } from './parts/checks.ts'
import { customer } from './parts/party.ts'
import { payment, paymentDetail } from './parts/payment.ts'

/** What customers paid, and which invoices it settled: only the detail says the latter, and in which currency. */
const shared = {
  ...payment,
  ...customer.columns,
  unused_amount: decimal('unused_amount'),
  account: text('account_name'),
  zoho_account_id: id('account_id'),
  tax_amount_withheld: decimal('tax_amount_withheld'),
} satisfies Record<string, Field>

export default defineEntity({
  name: 'customer_payments',
  order: 110,
  id: { fields: ['payment_id'], column: 'zoho_payment_id' },
  lane: 'read',
  webhook: {
    modules: [
      ...['payments', 'payment', 'customer-payments', 'customer-payment', 'customer_payments', 'customer_payment'],
      ...['customerpayments', 'customerpayment'],
    ],
    wrappers: ['payment', 'customerpayment', 'customer_payment'],
    rule: { product: 'books', entity: 'customer_payment', label: 'Payments Received' },
  },
  list: {
    product: 'books',
    path: '/customerpayments',
    // Documented is the second; live replies have the first. Neither a filter by modification nor a sort is known.
    keys: ['customerpayments', 'customer_payments'],
    paged: true,
  },
  read: {
    kind: 'single',
    product: 'books',
    path: (id) => `/customerpayments/${id}`,
    keys: ['payment', 'customerpayment', 'customer_payment'],
  },
  views: {
    list: { keepsDocument: false, columns: shared },
    detail: { keepsDocument: true, columns: { ...shared, ...paymentDetail }, volatile: shownOf('invoices') },
  },
  guarded: ['amount'],
  links: [customer.link],
  children: [
    allocationsOf({
      table: 'customer_payment_allocations',
      owner: { reference: 'zoho_payment_id', column: 'customer_payment_id' },
      list: 'invoices',
      entryId: ['invoice_payment_id'],
      amount: ['amount_applied'],
      appliedOn: ['apply_date'],
      settles: 'invoice',
      columns: { tax_amount_withheld: decimal('tax_amount_withheld') },
    }),
  ],
  details: { when: 'changed', age: 'date' },
  checks: allocations({
    table: 'customer_payments',
    id: 'zoho_payment_id',
    allocations: 'customer_payment_allocations',
    refunds: 'payment_refunds',
  }),
  timetable: [
    { mode: 'full', cron: '56 3 * * *' },
    { mode: 'incremental', cron: '24 * * * *' },
  ],
})
