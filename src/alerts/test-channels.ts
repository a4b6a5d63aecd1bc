import type { Db } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import type { Clock } from '../runtime/index.ts'
import { type Channel, whyNotSent } from './channels/index.ts'
import type { ChannelName, Notice } from './notice.ts'

export interface ChannelTest {
  readonly channel: ChannelName
  readonly ok: boolean
  /** Why not, in words; null when it was taken. */
  readonly error: string | null
  readonly milliseconds: number
}

const deadlineMs = 15_000

/** All channels beside each other, straight away: what is tested is the way, not the queue before it. */
export async function testChannels(o: {
  readonly db: Db
  readonly clock: Clock
  readonly channels: readonly Channel[]
  readonly publicUrl: string | undefined
  readonly actor: string
}): Promise<readonly ChannelTest[]> {
  const notice = testNotice(new Date(o.clock.now()), o)
  const results = await Promise.all(o.channels.map((channel) => tryChannel(channel, notice, o.clock)))
  await o.db.transaction().execute((tx) =>
    record(tx, {
      actor: o.actor,
      action: 'alerts.test',
      subject: 'alert channels',
      affected: results.length,
      after: results,
    }),
  )
  return results
}

async function tryChannel(channel: Channel, notice: Notice, clock: Clock): Promise<ChannelTest> {
  const startedAt = clock.now()
  const signal = AbortSignal.timeout(deadlineMs)
  const error = await channel.send(notice, { signal, deliveryId: `test-${startedAt}` }).then(() => null, whyNotSent)
  return { channel: channel.name, ok: error === null, error, milliseconds: Math.round(clock.now() - startedAt) }
}

function testNotice(at: Date, { publicUrl, actor }: { publicUrl: string | undefined; actor: string }): Notice {
  return {
    kind: 'test',
    at: at.toISOString(),
    alert: {
      id: null,
      fingerprint: 'test',
      severity: 'warning',
      status: 'open',
      title: 'A test of this channel',
      message: `Nothing is wrong: ${actor} asked whether alerts arrive here.`,
      opened_at: at.toISOString(),
      resolved_at: null,
    },
    runbook: null,
    url: publicUrl ?? null,
  }
}
