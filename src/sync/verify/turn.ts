import type { Pool } from 'pg'
import { type Db, sql } from '../../../db/index.ts'

/** The advisory lock of comparisons: (class, object). Whoever holds it compares; when its session ends, so does the turn. */
const lock = { class: 32, object: 1 } as const

export interface Turn {
  /** Called when the session that holds the turn is gone. */
  onLost(listener: () => void): void
  end(): void
}

/** One comparison at a time among all processes; undefined while another is at it. */
export async function takeTurn(pool: Pool): Promise<Turn | undefined> {
  const client = await pool.connect()
  try {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1, $2) as mine', [
      lock.class,
      lock.object,
    ])
    if (!rows[0]?.mine) {
      client.release()
      return undefined
    }
  } catch (error) {
    client.release(true)
    throw error
  }
  let ended = false
  let lost = () => {}
  const lose = () => {
    if (!ended) lost()
  }
  client.once('error', lose)
  client.once('end', lose)
  return {
    onLost: (listener) => {
      lost = listener
    },
    end() {
      if (ended) return
      ended = true
      // Ending the session frees the lock, whatever state it is in.
      client.release(true)
    },
  }
}

/** Comparisons that say they run while nobody holds the turn: their process ended without a word. */
export async function abortAbandoned(db: Db): Promise<number> {
  const { numAffectedRows } = await sql`
    update tds_verify_runs set state = 'aborted', finished_at = clock_timestamp(), error_code = 'VERIFY_ABORTED',
      error_message = 'Its process ended before the comparison did; nothing is proven by it'
    where state = 'running' and not exists (
      select from pg_locks l join pg_database d on d.oid = l.database
      where l.locktype = 'advisory' and d.datname = current_database() and l.granted
        and l.classid = ${lock.class} and l.objid = ${lock.object} and l.objsubid = 2)`.execute(db)
  return Number(numAffectedRows ?? 0)
}
