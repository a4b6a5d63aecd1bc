import { type Db, sql } from '../../db/index.ts'
import type { Watch } from '../audit/index.ts'
import type { Cipher } from './cipher.ts'
import type { Timing } from './timing.ts'

/** The access token all processes share. */
export interface TokenRow {
  readonly generation: number
  /** Null where there is none, or none this process can decrypt. */
  readonly accessToken: string | null
  readonly apiDomain: string | null
  /** Milliseconds of life left; negative when over. */
  readonly lifeMs: number
  /** Milliseconds until the next token request is allowed, whoever makes it; 0 = now. */
  readonly closedMs: number
  /** A process has claimed the request and its outcome is not known yet. */
  readonly isUnderWay: boolean
  /** Zoho refuses our credentials. */
  readonly isPaused: boolean
}

export interface NewToken {
  readonly accessToken: string
  readonly apiDomain: string | null
  readonly expiresInSeconds: number
}

/** Zoho's refusals that need a human: of the credentials, and of every call that is made with them. */
export const pausingErrors: readonly string[] = [
  'invalid_code',
  'invalid_client',
  'invalid_client_secret',
  'user_disabled',
  'unauthorized',
]
export const throttledError = 'throttled'

export interface TokenStore {
  read(): Promise<TokenRow>
  /**
   * Takes the right to make the one token request of the next minute; no two processes get it.
   * @param generation the token that is to be replaced
   * @param isImpatient whether the long pauses after a refusal are not to be kept: a process that has not tried yet may have better credentials
   */
  claim(generation: number, isImpatient: boolean): Promise<boolean>
  save(generation: number, token: NewToken): Promise<void>
  saveError(generation: number, errorCode: string, message: string): Promise<void>
  /** Calls are refused with a token that is new: nobody uses it any more, and the next one is asked for after the long pause. */
  pause(generation: number, errorCode: string, message: string): Promise<void>
  /** A token Zoho has refused is used no more. */
  discard(generation: number): Promise<void>
}

export function createTokenStore(
  db: Db,
  timing: Timing,
  cipher: Cipher | undefined,
  recoveries?: Pick<Watch, 'note'>,
): TokenStore {
  // How long after the last attempt the next one is allowed.
  const pauseMs = sql`(case
    when error_code = any(${pausingErrors}::text[]) then ${timing.tokenPausedMs}::float8
    when error_code = ${throttledError} then ${timing.tokenThrottledMs}::float8
    else ${timing.tokenGapMs}::float8 end)`
  const age = sql`(extract(epoch from clock_timestamp() - attempted_at) * 1000)::float8`

  return {
    async read() {
      const { rows } = await sql<Omit<TokenRow, 'accessToken'> & { accessToken: string | null; isEncrypted: boolean }>`
        select generation, access_token as "accessToken", is_encrypted as "isEncrypted", api_domain as "apiDomain",
          coalesce(extract(epoch from expires_at - clock_timestamp()) * 1000, -1)::float8 as "lifeMs",
          greatest(0, coalesce(${pauseMs} - ${age}, 0)) as "closedMs",
          paused_at is not null as "isPaused",
          (attempted_at > coalesce(refreshed_at, '-infinity') and error_code is null
            and ${age} < ${timing.tokenDeadlineMs + timing.tokenLookMs * 10}::float8) is true as "isUnderWay"
          from tds_zoho_token`.execute(db)
      const row = rows[0]
      if (!row) return emptyRow
      const { isEncrypted, ...rest } = row
      return { ...rest, accessToken: plain(row.accessToken, isEncrypted, cipher) }
    },
    async claim(generation, isImpatient) {
      const { numAffectedRows } = await sql`
        update tds_zoho_token set attempted_at = clock_timestamp(), error_code = null, error_message = null
         where generation = ${generation} and (attempted_at is null
           or ${age} >= ${isImpatient ? sql`${timing.tokenGapMs}::float8` : pauseMs})`.execute(db)
      return numAffectedRows === 1n
    },
    async save(generation, { accessToken, apiDomain, expiresInSeconds }) {
      await db.transaction().execute(async (tx) => {
        // Life is counted from before the request was sent.
        const { rows } = await sql<{ pausedAt: Date | null }>`
          with before as (select id, paused_at from tds_zoho_token where generation = ${generation} for update)
          update tds_zoho_token t set
            access_token = ${cipher ? cipher.encrypt(accessToken) : accessToken}, is_encrypted = ${cipher !== undefined},
            api_domain = ${apiDomain}, generation = generation + 1,
            expires_at = attempted_at + ${expiresInSeconds}::float8 * interval '1 second',
            refreshed_at = clock_timestamp(), paused_at = null, error_code = null, error_message = null
          from before b where t.id = b.id
          returning b.paused_at as "pausedAt"`.execute(tx)
        const pausedAt = rows[0]?.pausedAt
        if (!pausedAt) return
        const reason = 'Zoho accepts our credentials again'
        const before = { paused_at: pausedAt.toISOString() }
        await recoveries?.note(tx, { affected: 1, subject: 'tds_zoho_token', reason, before })
      })
    },
    async saveError(generation, errorCode, message) {
      await sql`
        update tds_zoho_token set
          error_code = ${errorCode}, error_message = ${message},
          paused_at = case when ${pausingErrors.includes(errorCode)}::boolean then coalesce(paused_at, clock_timestamp()) else paused_at end
         where generation = ${generation}`.execute(db)
    },
    async pause(generation, errorCode, message) {
      await sql`
        update tds_zoho_token set
          error_code = ${errorCode}, error_message = ${message}, expires_at = clock_timestamp(),
          attempted_at = clock_timestamp(), paused_at = coalesce(paused_at, clock_timestamp())
         where generation = ${generation}`.execute(db)
    },
    async discard(generation) {
      await sql`
        update tds_zoho_token set expires_at = clock_timestamp()
         where generation = ${generation} and expires_at > clock_timestamp()`.execute(db)
    },
  }
}

function plain(stored: string | null, isEncrypted: boolean, cipher: Cipher | undefined): string | null {
  if (stored === null || !isEncrypted) return stored
  return cipher?.decrypt(stored) ?? null
}

const emptyRow: TokenRow = {
  generation: 0,
  accessToken: null,
  apiDomain: null,
  lifeMs: -1,
  closedMs: 0,
  isUnderWay: false,
  isPaused: false,
}
