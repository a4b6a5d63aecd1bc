import { type Db, sql } from '../../db/index.ts'
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
