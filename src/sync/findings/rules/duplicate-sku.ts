import { sql } from '../../../../db/index.ts'
import { tableRule } from '../table-rule.ts'

/** Who looks for a product by its SKU must find one. Blanks and case do not make two of one. */
export const duplicateSku = tableRule({
  code: 'duplicate_sku',
  severity: 'error',
  says: 'no two active records of a table have the same SKU',
  columns: ['sku'],
  needs: ['is_active'],
  applies: ({ isRecord }) => isRecord,
  joins: ({ table, owner }) => sql`
    join (
      select lower(btrim(sku)) as sku, count(*) as n, min(${sql.ref(owner)}) as first_id, max(${sql.ref(owner)}) as last_id
      from ${sql.table(table)} where deleted_at is null and is_active and btrim(sku) <> ''
      group by 1 having count(*) > 1
    ) twins on twins.sku = lower(btrim(t.sku))`,
  broken: () => sql`t.is_active`,
  expected: () => sql`'one active record with it'`,
  found: (column) => sql`${column} || ', ' || twins.n || ' times, ' || twins.first_id || ' to ' || twins.last_id`,
  message: ({ table }) => `${table}.sku is not the only one of its kind`,
})
