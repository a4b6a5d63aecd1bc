/** What must agree within the mirror, by kind of record; an entity names the tables, `verify` asks. */
export { allocations } from './check-allocations.ts'
export { balances, creditBalances } from './check-balances.ts'
export { contactBalances } from './check-contacts.ts'
export { totals } from './check-totals.ts'
