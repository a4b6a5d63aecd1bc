import { contactBalances } from './parts/checks.ts'
import { defineContact } from './parts/contact.ts'

/** Contacts whom the company sells to. A webhook about any contact is theirs; the detail tells whose it is. */
export default defineContact({
  name: 'customers',
  order: 70,
  contactType: 'customer',
  modules: ['customers', 'customer', 'contacts', 'contact'],
  rule: { product: 'books', entity: 'contact', label: 'Contacts' },
  checks: contactBalances({
    table: 'customers',
    outstanding: 'outstanding_receivable_amount',
    documents: 'invoices',
    party: 'zoho_customer_id',
  }),
  timetable: [
    { mode: 'full', cron: '30 2 * * *' },
    { mode: 'incremental', cron: '*/15 * * * *' },
    { mode: 'sweep', cron: '10 * * * *' },
  ],
})
