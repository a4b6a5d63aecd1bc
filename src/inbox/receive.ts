import type { Pool } from 'pg'
import { errorCode, errorMessage, TdsError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import { type Connection, createConnection } from './connection.ts'
import type { Gate } from './gate.ts'
import { createLane, type Lane } from './lane.ts'
import { storeApart } from './split.ts'
import type { Spool } from './spool.ts'
import { type Stored, store } from './store.ts'
import type { EventRecord, Receipt } from './types.ts'

export interface ReceiverOptions {
  readonly pool: Pick<Pool, 'connect'>
  readonly spool: Spool
  readonly gate: Gate
  readonly clock: Clock
  readonly log: Logger
  readonly deadlineMs: number
  /** Waiting requests beyond which more are refused. */
  readonly maxWaiting: number
  readonly maxWaitingBytes: number
  /** After each batch in the table: somebody may look for work. */
  readonly onStored: () => void
}

export interface Receiver {
  /**
   * Resolves when the record is on disk, in the table or in the spool.
   * @throws TdsError with status 503 when neither can take it.
   */
  receive(record: EventRecord): Promise<Receipt>
  /** Refuses what comes, waits for what waits, gives the connections back. */
  stop(): Promise<void>
}

const laneCount = 2
const batchLimits = { maxRows: 500, maxBytes: 8 * 1024 * 1024 }

export function createReceiver(options: ReceiverOptions): Receiver {
  const { pool, clock, deadlineMs, maxWaiting, maxWaitingBytes } = options
  const lanes = Array.from({ length: laneCount }, () => {
    const connection = createConnection({ pool, clock, deadlineMs })
    const lane = createLane({ keep: (batch) => keep(options, connection, batch), ...batchLimits })
    return { lane, connection }
  })
  let waiting = 0
  let waitingBytes = 0
  let stopped = false

  return {
    async receive(record) {
      if (stopped) throw busy('INBOX_STOPPING', 'This process is stopping')
      if (waiting >= maxWaiting || waitingBytes + record.body.length > maxWaitingBytes) {
        throw busy('INBOX_BUSY', `${waiting} webhooks are waiting to be written already`)
      }
      waiting += 1
      waitingBytes += record.body.length
      try {
        return await laneOf(record).add(record)
      } finally {
        waiting -= 1
        waitingBytes -= record.body.length
      }
    },
    async stop() {
      stopped = true
      await Promise.all(lanes.map(({ lane }) => lane.idle()))
      for (const { connection } of lanes) connection.close()
    },
  }

  /** A repeat takes the lane of its first, which is therefore written before it or with it. */
  function laneOf({ idempotencyKey }: EventRecord): Lane {
    const at = Number.parseInt(idempotencyKey.slice(0, 2), 16) % laneCount
    const { lane } = lanes[at] ?? raise('There is no lane')
    return lane
  }
}

/** The table, or the spool while the database is away. */
async function keep(
  options: ReceiverOptions,
  connection: Connection,
  batch: readonly EventRecord[],
): Promise<ReadonlyArray<Receipt | Error>> {
  const { gate, log, onStored } = options
  if (!gate.isOpen()) return keepInSpool(options, batch)
  try {
    const answers = await keepInTable(connection, batch, log)
    onStored()
    return answers
  } catch (error) {
    gate.close(error)
    log.warn({ code: errorCode(error), events: batch.length }, `webhooks go to the spool: ${errorMessage(error)}`)
    const receipts = await keepInSpool(options, batch)
    gate.nudgeDrainer()
    return receipts
  }
}

async function keepInTable(
  connection: Connection,
  batch: readonly EventRecord[],
  log: Logger,
): Promise<ReadonlyArray<Receipt | Error>> {
  const refusals = new Map<string, Error>()
  const parts = await storeApart<EventRecord, Stored>(
    batch,
    (part) => connection.run((client) => store(client, part)),
    (record, error) => {
      log.error({ eventId: record.eventId, code: errorCode(error) }, 'the database refuses one webhook of a batch')
      refusals.set(record.eventId, refusedRow(error))
    },
  )
  const stored = new Map(parts.flatMap((part) => [...part]))
  return batch.map((record) => refusals.get(record.eventId) ?? receipt(record, stored.get(record.eventId) ?? null))
}

async function keepInSpool({ spool, gate, log }: ReceiverOptions, batch: readonly EventRecord[]): Promise<Receipt[]> {
  try {
    await spool.write(batch)
  } catch (error) {
    log.error({ code: errorCode(error), events: batch.length }, `the spool takes no webhooks: ${errorMessage(error)}`)
    // The failure may be the spool's alone; the next batch asks the database again.
    gate.open()
    throw error instanceof TdsError ? error : busy('INBOX_SPOOL_FAILED', 'Neither database nor spool takes it', error)
  }
  // While the gate is closed the drainer looks by itself; to wake it for each batch of an outage would keep it running.
  if (gate.isOpen()) gate.nudgeDrainer()
  return batch.map((record) => receipt(record, null))
}

function receipt(record: EventRecord, duplicateOf: string | null): Receipt {
  return {
    eventId: duplicateOf ?? record.eventId,
    idempotencyKey: record.idempotencyKey,
    queued: duplicateOf === null,
  }
}

function refusedRow(cause: unknown): TdsError {
  return new TdsError('INBOX_ROW_REFUSED', 'permanent', 'The database refuses this webhook', { status: 503, cause })
}

/** 503: Zoho sends it again later. */
export function busy(code: string, message: string, cause?: unknown): TdsError {
  return new TdsError(code, 'transient', message, { status: 503, detail: { retryAfterSeconds: 30 }, cause })
}

function raise(message: string): never {
  throw new Error(message)
}
