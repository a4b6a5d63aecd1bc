import { type Db, sql } from '../../../db/index.ts'
import type { Check, Contradiction } from '../../../src/entities/index.ts'

/** Values of a row's columns, as text; what is not named is null. */
export type Row = Readonly<Record<string, string | boolean | null>>

/** A row made by hand, with the columns every table wants; its detail is here unless said otherwise. */
export async function insert(db: Db, table: string, row: Row): Promise<void> {
  const names = Object.keys(row)
  await sql`
    insert into ${sql.table(table)} (${sql.join(names.map((name) => sql.ref(name)))})
    values (${sql.join(names.map((name) => row[name] ?? null))})`.execute(db)
}

export async function insertAll(db: Db, table: string, rows: readonly Row[]): Promise<void> {
  for (const row of rows) await insert(db, table, row)
}

/** What one of these checks says, by its name. */
export async function contradictions(
  db: Db,
  checks: readonly Check[],
  name: string,
): Promise<readonly Contradiction[]> {
  const check = checks.find((each) => each.name === name)
  if (!check) throw new Error(`There is no check ${name}`)
  return check.find(db, 100)
}

/** The currencies these tests speak of: dollars with two digits, dinars with none. */
export async function knowCurrencies(db: Db): Promise<void> {
  const currencies = { USD: { precision: 2, isBase: true }, IQD: { precision: 0, isBase: false } }
  await sql`
    insert into tds_zoho_organization (id, organization_id, name, time_zone, currency_code, price_precision, currencies)
    values (1, '1', 'Test', 'UTC', 'USD', 2, ${JSON.stringify(currencies)}::jsonb)`.execute(db)
}
