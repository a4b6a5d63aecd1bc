import type { Pool } from 'pg'
import type { Db } from '../../db/index.ts'
import type { Config } from '../config.ts'
import { errorCode, errorMessage } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type Clock, createLoop } from '../runtime/index.ts'
import { type AuthAnswer, type AuthRequest, authenticate } from './authenticate.ts'
import { createConnection } from './connection.ts'
import { createCounters } from './counters.ts'
import { createDrainer } from './drain.ts'
import { toEventRecord } from './event-record.ts'
import { type EventDetail, type EventListOptions, type EventPage, findEvent, listEvents } from './events.ts'
import { createGate } from './gate.ts'
import { promoteWaiting } from './promote.ts'
import { createReceiver } from './receive.ts'
import { createRefusals } from './refusals.ts'
import { type CompareRecords, createReplay, type Replay } from './replay.ts'
import { createSpool } from './spool.ts'
import type { Enqueue, IncomingWebhook, Receipt, ResolveModule } from './types.ts'

export type { AuthAnswer, AuthMethod, AuthRequest, RefusalReason } from './authenticate.ts'
export type { EventDetail, EventListOptions, EventPage, EventStatus, InboxEvent } from './events.ts'
export type { CompareRecords, RecordChange, ReplayChoice, ReplayPreview, ReplayRequest } from './replay.ts'
export type { Enqueue, Hint, IncomingWebhook, ModuleRoute, Receipt, ResolveModule, WebhookMethod } from './types.ts'

export interface InboxOptions {
  readonly db: Db
  /** Two clients of it are kept for the intake. */
  readonly pool: Pick<Pool, 'connect'>
  readonly webhook: Pick<Config['webhook'], 'secrets' | 'key' | 'observe'>
  readonly spool: Config['spool']
  readonly organizationId: string | undefined
  readonly resolve: ResolveModule
  readonly enqueue: Enqueue
  /** After a committed promotion: wake the workers. */
  readonly onPromoted?: () => void | Promise<void>
  /** Reads records at the source and says what that would change here, writing nothing. */
  readonly compare?: CompareRecords
  /** After each webhook that is on disk. */
  readonly onReceived?: (kept: { readonly module: string; readonly queued: boolean }) => void
  readonly clock: Clock
  readonly log: Logger
  /** For connect and insert together, before an event goes to the spool. @default 2000 */
  readonly deadlineMs?: number
  /** Requests waiting to be written beyond which more get 503. @default 10000 */
  readonly maxWaiting?: number
}

export interface Inbox {
  /** Admits or refuses; a refusal is counted, sampled in the log and has no other effect. */
  authenticate(request: AuthRequest & { readonly module: string; readonly sourceAddress: string }): AuthAnswer
  /** Resolves when the webhook is on disk. @throws TdsError with status 503 when it cannot be kept. */
  receive(webhook: IncomingWebhook): Promise<Receipt>
  /** Promotes in the background, drains the spool as soon as the database answers. Needs neither to be there. */
  start(): void
  /** Writes what waits and ends the loops; what came until then is answered. Safe to call twice. */
  stop(): Promise<void>
  events: {
    list(options: EventListOptions): Promise<EventPage>
    find(eventId: string, options?: { readonly whole?: boolean | undefined }): Promise<EventDetail | undefined>
  } & Replay
  state(): InboxState
}

export interface InboxState {
  /** False while webhooks go to the spool. */
  readonly databaseTakesWebhooks: boolean
  readonly spoolBytes: number
  /** Why the table does not take webhooks, as a code; null while it does. */
  readonly refusedBy: string | null
  /** Files of the spool that were set aside because they are damaged, and are still there. */
  readonly spoolDamaged: number
  /** When the oldest webhook in the spool came; null when none waits there. */
  readonly spoolOldestAt: Date | null
}

const promoteEveryMs = 10_000
const countEveryMs = 5_000
const drainDeadlineMs = 15_000

export function createInbox(options: InboxOptions): Inbox {
  const { db, pool, clock, log, deadlineMs = 2_000, maxWaiting = 10_000 } = options
  const counters = createCounters()
  const spool = createSpool(options.spool)
  const promoter = loop('inbox-promote', promotePass)
  const counting = loop('inbox-count', countPass)
  const gate = createGate(() => drainer.nudge())
  const credentials = { secrets: options.webhook.secrets, key: options.webhook.key }
  const refusals = createRefusals({ credentials, observing: options.webhook.observe, counters, clock, log })
  const onStored = () => promoter.nudge()
  const drainConnection = createConnection({ pool, clock, deadlineMs: drainDeadlineMs })
  const drainer = createDrainer({ spool, gate, connection: drainConnection, counters, clock, log, onStored })
  const limits = { deadlineMs, maxWaiting, maxWaitingBytes: 256 * 1024 * 1024 }
  const receiver = createReceiver({ pool, spool, gate, clock, log, onStored, ...limits })

  return {
    authenticate(request) {
      const answer = authenticate(request, credentials)
      if ('refused' in answer) refusals.note(request, answer.refused)
      return answer
    },
    async receive(webhook) {
      const receipt = await receiver.receive(toEventRecord(webhook, clock.now()))
      options.onReceived?.({ module: webhook.module, queued: receipt.queued })
      counters.add('webhook_received', webhook.module)
      if (!receipt.queued) counters.add('webhook_duplicate', webhook.module)
      return receipt
    },
    start() {
      drainer.start()
      promoter.start()
      counting.start()
    },
    async stop() {
      await receiver.stop()
      const stopped = Promise.all([drainer.stop({ abort: true }), promoter.stop(), counting.stop()])
      // A drain the database keeps waiting ends here; its file stays for the next process.
      drainConnection.close()
      await stopped
      drainConnection.close()
      await counters.flush(db).catch((error: unknown) => log.warn({ code: errorCode(error) }, 'lost some counters'))
    },
    events: {
      list: (list) => listEvents(db, list),
      find: (eventId, find) => findEvent(db, eventId, find),
      ...createReplay({ ...options, onReplayed: () => promoter.nudge() }),
    },
    state: () => ({
      databaseTakesWebhooks: gate.isOpen(),
      refusedBy: gate.isOpen() ? null : errorCode(gate.cause()),
      spoolBytes: spool.usedBytes(),
      spoolDamaged: spool.damaged(),
      spoolOldestAt: spool.oldestAt(),
    }),
  }

  async function promotePass(): Promise<number> {
    const { resolve, enqueue, organizationId, onPromoted } = options
    const { promoted, parked } = await promoteWaiting({ db, resolve, enqueue, organizationId })
    if (promoted > 0) await onPromoted?.()
    if (parked > 0) log.warn({ parked }, 'parked webhooks that name no record of ours')
    return promoted + parked > 0 ? 0 : promoteEveryMs
  }

  async function countPass(): Promise<number> {
    await counters.flush(db)
    return countEveryMs
  }

  function loop(name: string, pass: () => Promise<number>) {
    const onError = (error: unknown) => log.warn({ code: errorCode(error) }, `${name}: ${errorMessage(error)}`)
    return createLoop({ name, clock, pass, onError, errorRestMs: 5_000 })
  }
}
