import { contactBalances } from './parts/checks.ts'
import { defineContact } from './parts/contact.ts'

/** Contacts whom the company buys from; Zoho calls them vendors. */
export default defineContact({
  name: 'suppliers',
  order: 71,
  contactType: 'vendor',
  modules: ['suppliers', 'supplier', 'vendors', 'vendor'],
  checks: contactBalances({
    table: 'suppliers',
    outstanding: 'outstanding_payable_amount',
    documents: 'bills',
    party: 'zoho_vendor_id',
  }),
  timetable: [
    { mode: 'full', cron: '30 2 * * *' },
    { mode: 'incremental', cron: '*/15 * * * *' },
    { mode: 'sweep', cron: '10 * * * *' },
  ],
})
