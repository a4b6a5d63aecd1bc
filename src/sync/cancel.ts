import { type Db, sql } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { inputError } from '../errors.ts'
import type { Change } from '../pauses/index.ts'
import { dropWaiting, inSerialOrder } from '../queue/index.ts'
import { getRun } from './runs.ts'
import type { Run } from './types.ts'

export interface Cancelled {
  readonly run: Run
  /** Items nobody had begun: gone, and skipped for the run. */
  readonly dropped: number
  /** Items others asked for as well: their work stays. */
  readonly left: number
}

const atOnce = 1_000

/**
 * Ends a run before it has read everything: no cursor moves, nothing is taken for deleted, what was written stays. First
 * the run's row, so that no further slice comes; then what it had enqueued. An item in work ends as it would and still counts.
 * @throws TdsError `RUN_NOT_FOUND`, `RUN_NOT_CANCELLABLE`
 */
export async function cancelRun(db: Db, id: number, change: Change): Promise<Cancelled> {
  const run = await getRun(db, id)
  if (run.status !== 'cancelled') await end(db, run, change)
  let [dropped, left] = [0, 0]
  while (true) {
    const step = await inSerialOrder(() => db.transaction().execute((tx) => dropWaiting(tx, id, atOnce)))
    dropped += step.dropped
    left += step.left
    if (step.dropped + step.left < atOnce) return { run: await getRun(db, id), dropped, left }
  }
}

async function end(db: Db, { id, status }: Run, { actor, reason, requestId }: Change): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql`
      update tds_sync_runs set
        status = 'cancelled', error_code = 'RUN_CANCELLED', error_message = ${`cancelled by ${actor}: ${reason}`},
        owner = null, lease_until = null, settled_at = clock_timestamp()
      where id = ${id} and status in ('queued', 'running')
      returning id`.execute(tx)
    if (rows.length === 0) {
      const words = status === 'read' ? 'has read everything; its last items are written by themselves' : `is ${status}`
      throw inputError('RUN_NOT_CANCELLABLE', `Run ${id} ${words}`, 409)
    }
    await sql`delete from tds_sync_seen where run_id = ${id}`.execute(tx)
    await sql`delete from tds_pauses where run_id = ${id}`.execute(tx)
    const states = { before: { status }, after: { status: 'cancelled' } }
    await record(tx, { actor, action: 'sync.cancel', subject: `run ${id}`, reason, requestId, affected: 1, ...states })
  })
}
