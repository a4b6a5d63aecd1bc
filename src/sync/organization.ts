import { type Db, sql } from '../../db/index.ts'
import type { FieldContext } from '../entities/index.ts'
import { TdsError } from '../errors.ts'
import type { Clock } from '../runtime/index.ts'
import type { Zoho } from '../zoho/index.ts'

/** Base currency and time zone give rows their meaning; they hardly ever change. */
const maxAge = sql`interval '12 hours'`

/** Reads the organisation when it is unknown or was read half a day ago: two calls. */
export async function freshenOrganization(
  db: Db,
  zoho: Pick<Zoho, 'organization'>,
  signal: AbortSignal,
): Promise<void> {
  const { rows } = await sql`select from tds_zoho_organization where read_at > clock_timestamp() - ${maxAge}`.execute(
    db,
  )
  if (rows.length === 0) await zoho.organization({ signal })
}

/**
 * One database mirrors one organisation: other credentials over the same tables would mix two companies' records.
 * @throws TdsError `ORGANIZATION_CHANGED`
 */
export async function refuseOtherOrganization(db: Db, configured: string | undefined): Promise<void> {
  const { rows } = await sql<{ organization_id: string }>`select organization_id from tds_zoho_organization`.execute(db)
  const mirrored = rows[0]?.organization_id
  if (mirrored === undefined || configured === undefined || mirrored === configured) return
  throw new TdsError(
    'ORGANIZATION_CHANGED',
    'permanent',
    `This database mirrors organisation ${mirrored}, the configuration names ${configured}; give each its own database`,
  )
}

/**
 * What mapping needs to know of the organisation; read again every minute. While nobody has asked Zoho for it, it is asked
 * for now: rows that a webhook brings before the first run must not lack their currency.
 */
export function createFieldContext(
  db: Db,
  fields: { readonly nameAr: string; readonly descriptionAr: string },
  clock: Clock,
  ask: () => Promise<unknown>,
): () => Promise<FieldContext> {
  let known: { context: FieldContext; at: number } | undefined
  return async () => {
    if (known?.context.baseCurrency && clock.now() - known.at < 60_000) return known.context
    const context = {
      baseCurrency: (await currencyIn(db)) ?? (await ask().then(() => currencyIn(db))),
      nameArField: fields.nameAr,
      descriptionArField: fields.descriptionAr,
    }
    known = { context, at: clock.now() }
    return context
  }
}

async function currencyIn(db: Db): Promise<string | undefined> {
  const { rows } = await sql<{ currency_code: string }>`select currency_code from tds_zoho_organization`.execute(db)
  return rows[0]?.currency_code
}

/** IANA name of the organisation's time zone; UTC while it is unknown. */
export async function timeZoneOf(db: Db): Promise<string> {
  const { rows } = await sql<{ time_zone: string }>`select time_zone from tds_zoho_organization`.execute(db)
  return rows[0]?.time_zone ?? 'UTC'
}
