import type { Pool, PoolClient } from 'pg'
import { isAnswered, noticeDeath } from '../../db/index.ts'
import type { Logger } from '../log.ts'
import { type Clock, createLoop } from '../runtime/index.ts'

/** Any number will do as long as it stays; see `hashtext('tds leader')`. */
const lockKey = 7_204_113

/** How often a leader makes sure that it is still one. */
const checkMs = 10_000

export interface Leadership {
  start(): void
  readonly isLeader: boolean
  stop(): Promise<void>
}

/**
 * At most one process fires the timetable: the one whose session holds the advisory lock. A leader that dies loses its
 * session and with it the lock; the next asks for it every few seconds.
 */
export function createLeadership(deps: { pool: Pool; clock: Clock; log: Logger; onLead: () => void }): Leadership {
  let session: PoolClient | undefined
  const loop = createLoop({
    name: 'leadership',
    clock: deps.clock,
    onError: (error) => deps.log.warn({ err: error }, 'could not ask for the leadership'),
    errorRestMs: 5_000,
    pass,
  })

  async function pass(): Promise<number> {
    if (session && (await isAnswered(session))) return checkMs
    if (session) resign(session)
    const client = await deps.pool.connect()
    client.once('error', () => resign(client))
    client.once('end', () => resign(client))
    const { rows } = await noticeDeath(client)
      .then(() => client.query<{ leads: boolean }>('select pg_try_advisory_lock($1) as leads', [lockKey]))
      .catch((error: unknown) => {
        client.release(true)
        throw error
      })
    if (!rows[0]?.leads) {
      client.release(true)
      return 10_000
    }
    session = client
    deps.log.info('this process fires the timetable now')
    deps.onLead()
    return checkMs
  }

  function resign(lost: PoolClient): void {
    if (session !== lost) return
    session = undefined
    lost.release(true)
    loop.nudge()
  }

  return {
    start: () => loop.start(),
    get isLeader() {
      return session !== undefined
    },
    async stop() {
      await loop.stop()
      const last = session
      session = undefined
      last?.release(true)
    },
  }
}
