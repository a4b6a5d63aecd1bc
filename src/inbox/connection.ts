import type { Pool, PoolClient } from 'pg'
import { TdsError } from '../errors.ts'
import type { Clock } from '../runtime/index.ts'

export interface ConnectionOptions {
  readonly pool: Pick<Pool, 'connect'>
  /** Connect and statement together. */
  readonly deadlineMs: number
  readonly clock: Clock
}

export interface Connection {
  /** @throws TdsError `INBOX_DATABASE_SLOW` past the deadline, else what the database said. */
  run<T>(work: (client: PoolClient) => Promise<T>): Promise<T>
  /** Safe to call twice; a later run connects again. */
  close(): void
}

/**
 * One client of the pool kept for the intake, so that busy workers cannot keep a webhook waiting. A client that broke
 * or did not answer in time is destroyed; the next run takes a new one.
 */
export function createConnection({ pool, deadlineMs, clock }: ConnectionOptions): Connection {
  let held: PoolClient | undefined
  const prepared = new WeakSet<PoolClient>()

  return {
    run(work) {
      return withinDeadline(async (expired) => {
        const client = held ?? (await connect(expired))
        expired.addEventListener('abort', () => drop(client), { once: true })
        try {
          if (!prepared.has(client)) await prepare(client)
          return await work(client)
        } catch (error) {
          if (!isRowFault(error)) drop(client)
          throw error
        }
      })
    },
    close() {
      if (held) drop(held)
    },
  }

  async function connect(expired: AbortSignal): Promise<PoolClient> {
    const client = await pool.connect()
    // Without a listener the end of an idle connection would end the process.
    client.on('error', () => drop(client))
    if (expired.aborted) {
      client.release(true)
      throw tooSlow(deadlineMs)
    }
    held = client
    return client
  }

  async function prepare(client: PoolClient): Promise<void> {
    await client.query(sessionSettings, [String(Math.max(1, Math.floor(deadlineMs * 0.95)))])
    prepared.add(client)
  }

  function drop(client: PoolClient): void {
    if (held !== client) return
    held = undefined
    client.release(true)
  }

  async function withinDeadline<T>(work: (expired: AbortSignal) => Promise<T>): Promise<T> {
    const expiry = new AbortController()
    const timer = new AbortController()
    const tooLate = clock.sleep(deadlineMs, timer.signal).then(() => {
      if (timer.signal.aborted) return undefined as never
      expiry.abort()
      throw tooSlow(deadlineMs)
    })
    try {
      return await Promise.race([work(expiry.signal), tooLate])
    } finally {
      timer.abort(inTime)
    }
  }
}

/** A reason of our own spares making an exception, with its stack, for every batch. */
const inTime = 'in time'

/**
 * The server gives up a little earlier than we do, so that no backend stays behind waiting for a lock. A commit means
 * disk even where the server's default is not to wait for it: the answer to Zoho promises it.
 */
const sessionSettings = `
select set_config('statement_timeout', $1, false),
  case current_setting('synchronous_commit') when 'off' then set_config('synchronous_commit', 'on', false) end`

/** SQLSTATE 22, 23 and 54: the statement failed for what one of its rows holds; the connection is fine. */
export function isRowFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(22|23|54)/.test(String(error.code))
}

function tooSlow(deadlineMs: number): TdsError {
  return new TdsError('INBOX_DATABASE_SLOW', 'transient', `The database did not answer within ${deadlineMs} ms`)
}
