import { type Db, sql } from '../../db/index.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import { type Channel, whyNotSent } from './channels/index.ts'
import { type ChannelName, noticeShape } from './notice.ts'

export interface DeliverDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly channels: readonly Channel[]
}

interface Claimed {
  readonly id: number
  readonly channel: ChannelName
  readonly notice: unknown
  readonly attempt: number
  readonly is_old: boolean
}

const atOnce = 10
export const sendDeadlineMs = 15_000
/** A process that dies with a delivery in hand: another takes it after this long. */
const leaseSeconds = 60
const firstRetrySeconds = 30
const lastRetrySeconds = 900
const giveUpHours = 24

/**
 * Sends what is due, at most ten at once, each channel's notices of an alert in their order. What is not taken is tried
 * again after 30 s, 1, 2, 4 … 15 minutes, for a day. @returns how many were tried
 */
export async function deliverDue(deps: DeliverDeps, stop: AbortSignal): Promise<number> {
  const claimed = await claim(deps)
  await Promise.all(claimed.map((each) => deliver(deps, each, stop)))
  return claimed.length
}

async function claim({ db, channels }: DeliverDeps): Promise<readonly Claimed[]> {
  const { rows } = await sql<Claimed>`
    update tds_alert_deliveries
    set attempt = attempt + 1, next_attempt_at = clock_timestamp() + ${leaseSeconds} * interval '1 second'
    where id = any (array(
      select id from tds_alert_deliveries d
      where status = 'pending' and next_attempt_at <= clock_timestamp() and channel = any (${channels.map(({ name }) => name)}::text[])
        and not exists (
          select from tds_alert_deliveries earlier
          where earlier.alert_id = d.alert_id and earlier.channel = d.channel and earlier.id < d.id and earlier.status = 'pending')
      order by next_attempt_at limit ${atOnce}
      for update skip locked))
    returning id, channel, notice, attempt, created_at < clock_timestamp() - ${giveUpHours} * interval '1 hour' as is_old`.execute(
    db,
  )
  return rows
}

async function deliver(deps: DeliverDeps, claimed: Claimed, stop: AbortSignal): Promise<void> {
  const { id, attempt, channel: name } = claimed
  const channel = deps.channels.find((each) => each.name === name)
  const notice = noticeShape.safeParse(claimed.notice)
  if (!channel || !notice.success) return
  const signal = AbortSignal.any([AbortSignal.timeout(sendDeadlineMs), stop])
  try {
    await channel.send(notice.data, { signal, deliveryId: String(id) })
    await settle(deps.db, claimed, { status: 'sent' })
    deps.log.info({ delivery: id, channel: name, alert: notice.data.alert.fingerprint }, 'an alert was sent')
  } catch (error) {
    const words = whyNotSent(error)
    await settle(deps.db, claimed, {
      status: claimed.is_old ? 'failed' : 'pending',
      error: words,
      waitSeconds: waitOf(deps.clock, attempt),
    })
    deps.log.warn({ delivery: id, channel: name, attempt }, `an alert could not be sent: ${words}`)
  }
}

/** Up to a tenth later, so that channels that failed together are not tried together for ever. */
function waitOf(clock: Clock, attempt: number): number {
  const seconds = Math.min(lastRetrySeconds, firstRetrySeconds * 2 ** Math.min(attempt - 1, 10))
  return seconds * (1 + clock.random() / 10)
}

interface End {
  readonly status: 'sent' | 'failed' | 'pending'
  readonly error?: string
  readonly waitSeconds?: number
}

/** Only by the attempt that still holds it. */
async function settle(db: Db, { id, attempt }: Claimed, { status, error, waitSeconds = 0 }: End): Promise<void> {
  await sql`
    update tds_alert_deliveries set status = ${status}, error = ${error ?? null},
      next_attempt_at = clock_timestamp() + ${waitSeconds}::double precision * interval '1 second',
      ended_at = case when ${status} = 'pending' then null else clock_timestamp() end
    where id = ${id} and attempt = ${attempt} and status = 'pending'`.execute(db)
}
