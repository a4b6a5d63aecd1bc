import { sql } from '../../../db/index.ts'
import type { Check } from '../entity.ts'
import { exactly, moneyCheck, organization, precisionOf } from './check-money.ts'

interface ContactTables {
  readonly table: string
  /** What the contact owes or is owed, by its own figure. */
  readonly outstanding: string
  /** The documents with balances, and their column with the contact's Zoho id. */
  readonly documents: string
  readonly party: string
}

/**
 * Only where all documents of the contact are here (their list was read to its end) and speak its currency. Opening
 * balances and journals are outstanding without a document, so a contact may be right and yet not add up.
 */
export const contactBalances = ({ table, outstanding, documents, party }: ContactTables): readonly Check[] => [
  moneyCheck({
    name: 'balance',
    severity: 'warning',
    rule: `${outstanding} = Σ balance of its ${documents} that are neither draft, void nor waiting for approval`,
    judged: sql`
      select d.zoho_contact_id as id, d.currency_code as currency, p.precision, ${exactly(sql`p.precision`)} as tolerance,
        d.${sql.ref(outstanding)} as found, b.owed as expected
      from ${sql.table(table)} d ${organization}
      cross join lateral (select ${precisionOf(sql`d.currency_code`)} as precision) p
      cross join lateral (
        select coalesce(sum(i.balance) filter (where coalesce(i.status, '') not in ('draft', 'void', 'pending_approval')), 0) as owed,
          coalesce(bool_or(i.currency_code is distinct from d.currency_code), false) as is_mixed
        from ${sql.table(documents)} i where i.${sql.ref(party)} = d.zoho_contact_id and i.deleted_at is null) b
      where d.deleted_at is null and not b.is_mixed and coalesce(d.opening_balance_amount, 0) = 0
        and exists (select from tds_sync_cursors c where c.entity_type = ${documents} and c.last_full_at is not null)`,
  }),
]
