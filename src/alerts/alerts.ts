import type { Db } from '../../db/index.ts'
import { errorCode } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type Clock, createLoop } from '../runtime/index.ts'
import { type ChannelSettings, createChannels } from './channels/index.ts'
import { createDeadMan } from './dead-man.ts'
import { decide } from './decide.ts'
import { deliverDue } from './deliver.ts'
import { type AlertDesk, createDesk } from './desk.ts'
import { notify } from './notify.ts'
import { readAll } from './rules.ts'
import type { Observation, Sight } from './sight.ts'
import { apply, readConditions, readOpen, takeTurn } from './store.ts'
import { type ChannelTest, testChannels } from './test-channels.ts'
import { createWebhookReader, type HookedEntity } from './webhook-facts.ts'

export interface AlertsDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly entities: { list(): readonly HookedEntity[] }
  readonly settings: ChannelSettings & { readonly deadManUrl: string | undefined }
  readonly publicUrl: string | undefined
  /** What the monitor sees; never throws. */
  readonly observe: () => Promise<Observation>
  /** Only one process decides; all of them send. */
  readonly isLeader: () => boolean
}

export interface Alerts extends AlertDesk {
  start(): void
  /** One look: what opens, goes on or ends, and who is to be told. Done every 30 seconds by the leader. */
  look(signal?: AbortSignal): Promise<void>
  /** Sends what is due; done by every process. @returns how many were tried */
  deliver(signal?: AbortSignal): Promise<number>
  /** Sends a test to every configured channel and says what became of it. */
  test(actor: string): Promise<readonly ChannelTest[]>
  stop(): Promise<void>
}

const lookMs = 30_000
const deliverMs = 15_000

/** Decides what people must know, tells them, and keeps telling until it was taken. */
export function createAlerts(deps: AlertsDeps): Alerts {
  const { db, clock, log, settings, publicUrl } = deps
  const channels = createChannels(settings, clock)
  const names = channels.map(({ name }) => name)
  const webhooks = createWebhookReader(deps)
  const deadMan = createDeadMan({ url: settings.deadManUrl, log })
  const onError = (error: unknown, loop: string) =>
    log.warn({ code: errorCode(error), loop }, 'a pass of the alerts failed; it will be repeated')
  const looking = createLoop({
    name: 'alerts',
    clock,
    onError,
    errorRestMs: lookMs,
    async pass(signal) {
      if (deps.isLeader()) await look(signal)
      return lookMs
    },
  })
  const delivering = createLoop({
    name: 'alert deliveries',
    clock,
    onError,
    errorRestMs: deliverMs,
    pass: async (signal) => ((await deliver(signal)) > 0 ? 0 : deliverMs),
  })

  return {
    ...createDesk(db),
    look,
    deliver,
    test: (actor) => testChannels({ db, clock, channels, publicUrl, actor }),
    start() {
      looking.start()
      if (channels.length > 0) delivering.start()
    },
    async stop() {
      await Promise.all([looking.stop({ abort: true }), delivering.stop({ abort: true })])
    },
  }

  function deliver(signal: AbortSignal = new AbortController().signal): Promise<number> {
    return deliverDue({ db, clock, log, channels }, signal)
  }

  async function look(signal: AbortSignal = new AbortController().signal): Promise<void> {
    const observation = await deps.observe()
    // Without the database there is nothing to write to: that the dead-man call stays away is the alert.
    if (!observation.sight) return
    const made = await judge(observation.sight, observation.reasons)
    if (made > 0) delivering.nudge()
    await deadMan.look(observation, signal)
  }

  /** One transaction: what became of the alerts, and the notices of it. */
  async function judge(sight: Sight, reasons: Observation['reasons']): Promise<number> {
    const { at: now, thresholds } = sight
    const readings = readAll(sight, await webhooks.read(), reasons)
    return db.transaction().execute(async (tx) => {
      if (!(await takeTurn(tx))) return 0
      const [open, conditions] = [await readOpen(tx), await readConditions(tx)]
      await apply(
        tx,
        decide({ now, readings, open, conditions, calmSeconds: thresholds.calm_seconds }),
        conditions,
        now,
      )
      return notify(tx, { channels: names, renotifySeconds: thresholds.renotify_seconds, now, publicUrl })
    })
  }
}
