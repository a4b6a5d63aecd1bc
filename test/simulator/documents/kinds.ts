import type { Fields } from '../json.ts'
import type { Application } from './application.ts'
import type { DocumentKind } from './kind.ts'
import type { PaymentKind } from './payment.ts'

/** What every document has before anybody fills it in. */
const blankDocument: Fields = {
  date: '',
  reference_number: '',
  line_items: [],
  discount: 0,
  discount_type: 'entity_level',
  is_discount_before_tax: true,
  is_inclusive_tax: false,
  shipping_charge: 0,
  adjustment: 0,
  adjustment_description: '',
  notes: '',
  terms: '',
}
const blankSale: Fields = { ...blankDocument, customer_id: '', salesperson_id: '', salesperson_name: '' }

export const salesOrderKind = {
  resource: 'salesorders',
  numberField: 'salesorder_number',
  prefix: 'SO-',
  side: 'sale',
  line: { quantity_invoiced: 0, quantity_packed: 0, quantity_shipped: 0 },
  blank: { ...blankSale, status: 'open', shipment_date: '', delivery_method: '', packages: [] },
} satisfies BlankKind

export const purchaseOrderKind = {
  resource: 'purchaseorders',
  numberField: 'purchaseorder_number',
  prefix: 'PO-',
  side: 'purchase',
  line: { quantity_received: 0, quantity_billed: 0, quantity_cancelled: 0, quantity_marked_as_received: 0 },
  blank: {
    ...blankDocument,
    vendor_id: '',
    status: 'open',
    delivery_date: '',
    expected_delivery_date: '',
    purchasereceives: [],
  },
} satisfies BlankKind

export const invoiceKind = {
  resource: 'invoices',
  numberField: 'invoice_number',
  prefix: 'INV-',
  side: 'sale',
  line: { salesorder_item_id: '' },
  settling: {
    by: ['payment_made', 'credits_applied', 'write_off_amount'],
    open: 'sent',
    closed: 'paid',
    isDue: true,
  },
  blank: {
    ...blankSale,
    status: 'sent',
    due_date: '',
    salesorder_id: '',
    salesorder_number: '',
    payment_made: 0,
    credits_applied: 0,
    write_off_amount: 0,
    last_payment_date: '',
  },
} satisfies BlankKind

export const billKind = {
  resource: 'bills',
  numberField: 'bill_number',
  prefix: 'BILL-',
  side: 'purchase',
  line: { purchaseorder_id: '', purchaseorder_item_id: '', quantity_received: 0 },
  settling: { by: ['payment_made', 'vendor_credits_applied'], open: 'open', closed: 'paid', isDue: true },
  blank: {
    ...blankDocument,
    vendor_id: '',
    status: 'open',
    due_date: '',
    purchaseorder_id: '',
    payment_made: 0,
    vendor_credits_applied: 0,
  },
} satisfies BlankKind

export const creditNoteKind = {
  resource: 'creditnotes',
  numberField: 'creditnote_number',
  prefix: 'CN-',
  side: 'sale',
  line: { invoice_id: '', invoice_item_id: '' },
  settling: { by: ['total_credits_used', 'total_refunded_amount'], open: 'open', closed: 'closed', isDue: false },
  blank: {
    ...blankSale,
    status: 'open',
    invoices_credited: [],
    creditnote_refunds: [],
    total_credits_used: 0,
    total_refunded_amount: 0,
  },
} satisfies BlankKind

type BlankKind = DocumentKind & { readonly blank: Fields }

export const invoicePayments: Application = {
  resource: 'customerpayments',
  list: 'invoices',
  entryId: 'invoice_payment_id',
  amount: 'amount_applied',
  appliedOn: 'apply_date',
  target: 'invoices',
  targetId: 'invoice_id',
  targetNumber: 'invoice_number',
  sum: 'payment_made',
  latest: 'last_payment_date',
}

export const billPayments: Application = {
  resource: 'vendorpayments',
  list: 'bills',
  entryId: 'bill_payment_id',
  amount: 'amount_applied',
  appliedOn: 'apply_date',
  target: 'bills',
  targetId: 'bill_id',
  targetNumber: 'bill_number',
  sum: 'payment_made',
}

export const invoiceCredits: Application = {
  resource: 'creditnotes',
  list: 'invoices_credited',
  entryId: 'creditnotes_invoice_id',
  amount: 'credited_amount',
  appliedOn: 'credited_date',
  target: 'invoices',
  targetId: 'invoice_id',
  targetNumber: 'invoice_number',
  sum: 'credits_applied',
}

const blankPayment: Fields = {
  date: '',
  payment_mode: 'cash',
  amount: 0,
  reference_number: '',
  description: '',
}

export const customerPaymentKind = {
  side: 'sale',
  application: invoicePayments,
  rest: 'unused_amount',
  blank: { ...blankPayment, customer_id: '', invoices: [] },
} satisfies PaymentKind & { blank: Fields }

export const vendorPaymentKind = {
  side: 'purchase',
  application: billPayments,
  rest: 'balance',
  blank: { ...blankPayment, vendor_id: '', bills: [], status: 'paid' },
} satisfies PaymentKind & { blank: Fields }
