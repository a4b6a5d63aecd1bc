import { type Db, type JsonObject, sql } from '../../db/index.ts'
import { TdsError } from '../errors.ts'
import type { Client } from './client.ts'
import { zohoError } from './errors.ts'
import { readPages } from './pages.ts'
import type { Currency, ListEndpoint, Organization } from './types.ts'

export interface OrganizationOptions {
  readonly db: Db
  readonly client: Client
  readonly organizationId: string
  readonly signal: AbortSignal
}

const organizations: ListEndpoint = {
  product: 'books',
  path: '/organizations',
  listKey: 'organizations',
  paged: false,
  idKey: 'organization_id',
}
const currencies: ListEndpoint = {
  product: 'books',
  path: '/settings/currencies',
  listKey: 'currencies',
  paged: false,
  idKey: 'currency_id',
}

/**
 * Reads the organisation (time zone, base currency) and its currencies (precision) and stores them.
 * @throws TdsError `ZOHO_ORGANIZATION_UNKNOWN` where the token's user does not see the configured id
 */
export async function readOrganization(options: OrganizationOptions): Promise<Organization> {
  const organization = await find(options)
  const list = await readAll(options, currencies)
  const found = organizationFrom(organization, list)
  await store(options.db, found)
  return found
}

async function find(options: OrganizationOptions): Promise<JsonObject> {
  const rows = await readAll(options, organizations)
  const own = rows.find((row) => String(row.organization_id) === options.organizationId)
  if (own) return own
  const words = `Zoho does not show organisation ${options.organizationId} to this user; check ZOHO_ORGANIZATION_ID`
  throw new TdsError('ZOHO_ORGANIZATION_UNKNOWN', 'permanent', words, { detail: { visible: rows.length } })
}

async function readAll({ client, signal }: OrganizationOptions, endpoint: ListEndpoint): Promise<JsonObject[]> {
  const rows: JsonObject[] = []
  for await (const page of readPages(client, endpoint, { purpose: 'organization', signal })) rows.push(...page.rows)
  return rows
}

function organizationFrom(row: JsonObject, list: readonly JsonObject[]): Organization {
  const known = Object.fromEntries(
    list.map((each): [string, Currency] => [
      text(each, 'currency_code', currencies),
      { precision: precisionOf(each), isBase: each.is_base_currency === true },
    ]),
  )
  const base = Object.entries(known).find(([, { isBase }]) => isBase)
  return {
    organizationId: text(row, 'organization_id', organizations),
    name: text(row, 'name', organizations),
    timeZone: text(row, 'time_zone', organizations),
    currencyCode: base?.[0] ?? text(row, 'currency_code', organizations),
    pricePrecision: base?.[1].precision ?? precisionOf(row),
    planName: typeof row.plan_name === 'string' && row.plan_name !== '' ? row.plan_name : null,
    currencies: known,
  }
}

function text(row: JsonObject, key: string, endpoint: ListEndpoint): string {
  const value = row[key]
  if (typeof value === 'string' && value !== '') return value
  throw zohoError('ZOHO_LIST_KEY', endpoint, { detail: { wanted: [key], found: Object.keys(row) } })
}

// Absent or blank is not zero: two digits are what Zoho itself starts with.
function precisionOf({ price_precision: value }: JsonObject): number {
  return typeof value === 'number' ? value : 2
}

async function store(db: Db, organization: Organization): Promise<void> {
  await sql`
    insert into tds_zoho_organization
      (id, organization_id, name, time_zone, currency_code, price_precision, plan_name, currencies, read_at)
    values (1, ${organization.organizationId}, ${organization.name}, ${organization.timeZone},
      ${organization.currencyCode}, ${organization.pricePrecision}, ${organization.planName},
      ${JSON.stringify(organization.currencies)}::jsonb, clock_timestamp())
    on conflict (id) do update set
      organization_id = excluded.organization_id, name = excluded.name, time_zone = excluded.time_zone,
      currency_code = excluded.currency_code, price_precision = excluded.price_precision,
      plan_name = excluded.plan_name, currencies = excluded.currencies, read_at = excluded.read_at`.execute(db)
}
