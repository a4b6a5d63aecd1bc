import { type Db, sql } from '../../db/index.ts'
import { TdsError } from '../errors.ts'

/**
 * Without Zoho's permission every picture would fail the same way, so the first refusal pauses all of them. The pause
 * lives in the open alert `images-scope`: every process sees it, a restart does not forget it, and who resolves the
 * alert by hand lets the pictures go on at once.
 */
export interface ScopePause {
  /** `probe` for the one caller that may find out whether the permission is back. @throws TdsError `IMAGES_PAUSED` */
  enter(): Promise<'open' | 'probe'>
  /** Zoho refused: opens the alert and returns what the item waits with. */
  begin(cause: unknown): Promise<TdsError>
  /** Zoho answered about a picture: resolves the alert. */
  end(): Promise<void>
  until(): Promise<Date | null>
}

export const scopeFingerprint = 'images-scope'

export interface ScopePauseOptions {
  readonly db: Db
  /** @default 900_000, a quarter of an hour */
  readonly probeAfterMs?: number
  /** How long one probe keeps the others waiting. @default 60_000 */
  readonly probeMs?: number
}

const title = 'Product images are paused: Zoho does not permit reading them'
const message =
  'Zoho refused an item image for want of a scope (code 57). Make a new refresh token with ZohoInventory.items.READ; ' +
  'images are tried again every quarter of an hour and go on by themselves.'

export function createScopePause({ db, probeAfterMs = 900_000, probeMs = 60_000 }: ScopePauseOptions): ScopePause {
  return {
    async enter() {
      const until = await readUntil()
      if (until === null) return 'open'
      if (until.ended && (await takeProbe())) return 'probe'
      throw paused(until.ended ? new Date(until.at.getTime() + probeMs) : until.at)
    },
    async begin(cause) {
      const { rows } = await sql<{ until: Date }>`
        insert into tds_alerts as a (fingerprint, severity, title, message, detail)
        values (${scopeFingerprint}, 'critical', ${title}, ${message}, ${pauseFor(probeAfterMs)})
        on conflict (fingerprint) where status <> 'resolved' do update set
          occurrences = a.occurrences + 1, seen_at = clock_timestamp(), detail = excluded.detail
        returning (detail ->> 'paused_until')::timestamptz as until`.execute(db)
      return paused(rows[0]?.until ?? new Date(), cause)
    },
    async end() {
      await sql`
        update tds_alerts set status = 'resolved', resolved_at = clock_timestamp()
        where fingerprint = ${scopeFingerprint} and status <> 'resolved'`.execute(db)
    },
    until: async () => (await readUntil())?.at ?? null,
  }

  async function readUntil(): Promise<{ at: Date; ended: boolean } | null> {
    const { rows } = await sql<{ at: Date; ended: boolean }>`
      select (detail ->> 'paused_until')::timestamptz as at, (detail ->> 'paused_until')::timestamptz <= clock_timestamp() as ended
      from tds_alerts
      where fingerprint = ${scopeFingerprint} and status <> 'resolved' and detail ? 'paused_until'`.execute(db)
    return rows[0] ?? null
  }

  /** One statement decides between processes; a probe that dies is followed by another when its time is over. */
  async function takeProbe(): Promise<boolean> {
    const { rows } = await sql`
      update tds_alerts set detail = detail || ${pauseFor(probeMs)}
      where fingerprint = ${scopeFingerprint} and status <> 'resolved'
        and (detail ->> 'paused_until')::timestamptz <= clock_timestamp()
      returning id`.execute(db)
    return rows.length === 1
  }
}

const pauseFor = (ms: number) =>
  sql`jsonb_build_object('paused_until', clock_timestamp() + ${ms}::int * interval '1 millisecond')`

const paused = (retryAt: Date, cause?: unknown): TdsError =>
  new TdsError('IMAGES_PAUSED', 'wait', 'Images wait until Zoho permits reading them; see the alert images-scope', {
    retryAt,
    cause,
  })
