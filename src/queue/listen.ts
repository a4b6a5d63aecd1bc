import type { Pool, PoolClient } from 'pg'
import { type Db, isAnswered, noticeDeath, sql } from '../../db/index.ts'
import { type Clock, createLoop, type Loop } from '../runtime/index.ts'

const channel = 'tds_queue'

/** How often the session is asked whether it is still one. */
const checkMs = 20_000

export interface Listener {
  start(): void
  /** Whether notifications arrive now; while they do not, workers poll more often. */
  readonly connected: boolean
  stop(): Promise<void>
}

/**
 * One session that lives as long as the process: it listens for work announced by others and holds the process's
 * advisory lock, by which others see that we live. It reconnects by itself.
 */
export function createListener(deps: {
  pool: Pool
  processId: string
  clock: Clock
  onWork: () => void
  onError: (error: unknown, loop: string) => void
}): Listener {
  let client: PoolClient | undefined
  const loop: Loop = createLoop({ name: 'listen', clock: deps.clock, onError: deps.onError, errorRestMs: 2000, pass })

  async function pass(): Promise<number> {
    if (client && (await isAnswered(client))) return checkMs
    if (client) lose(client)
    const fresh = await deps.pool.connect()
    fresh.on('notification', deps.onWork)
    fresh.once('error', () => lose(fresh))
    fresh.once('end', () => lose(fresh))
    try {
      await noticeDeath(fresh)
      await fresh.query('select pg_try_advisory_lock(hashtextextended($1::text, 7))', [deps.processId])
      await fresh.query(`listen ${channel}`)
      client = fresh
    } catch (error) {
      fresh.release(true)
      throw error
    }
    // Work may have been announced while nobody listened.
    deps.onWork()
    return checkMs
  }

  function lose(lost: PoolClient): void {
    if (client !== lost) return
    client = undefined
    lost.release(true)
    loop.nudge()
  }

  return {
    start: () => loop.start(),
    get connected() {
      return client !== undefined
    },
    async stop() {
      await loop.stop()
      const last = client
      client = undefined
      last?.release(true)
    },
  }
}

/** Tells the other processes that there is work; outside the transaction that made it, because NOTIFY serialises commits. */
export async function announce(db: Db): Promise<void> {
  await sql`select pg_notify(${channel}, '')`.execute(db)
}
