import { hostname } from 'node:os'
import { type Db, sql } from '../../db/index.ts'
import type { Logger } from '../log.ts'
import { type Clock, createLoop, type Loop } from '../runtime/index.ts'

/** Shows that this process lives and moves: a row whose `seen_at` is what health reads. */
export function createPresence(deps: {
  db: Db
  clock: Clock
  log: Logger
  processId: string
  version: string
  isLeader: () => boolean
}): Loop {
  return createLoop({
    name: 'presence',
    clock: deps.clock,
    onError: (error) => deps.log.warn({ err: error }, 'this process could not be marked as living'),
    errorRestMs: 2_000,
    async pass() {
      await sql`
        insert into tds_processes (process_id, kind, host, pid, version, is_leader)
        values (${deps.processId}, 'serve', ${hostname()}, ${process.pid}, ${deps.version}, ${deps.isLeader()})
        on conflict (process_id) do update set seen_at = clock_timestamp(), is_leader = excluded.is_leader`.execute(
        deps.db,
      )
      await sql`delete from tds_processes where seen_at < clock_timestamp() - interval '1 day'`.execute(deps.db)
      return 10_000
    },
  })
}
