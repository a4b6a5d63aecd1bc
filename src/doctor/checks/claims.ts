import { sql } from '../../../db/index.ts'
import { oneRow, readOnly } from '../read-only.ts'
import { type Check, type Finding, ok, problem, warning } from '../types.ts'
import { some, span } from '../words.ts'

interface Claims {
  readonly processing: number
  readonly expired: number
  readonly oldest_seconds: number | null
  readonly orphaned: number
  readonly runs: readonly string[]
}

/** Work that somebody holds and nobody does: leases that ran out, and holders that are gone. */
export const claims: Check = {
  name: 'claims',
  needs: 'database',
  anchor: 'stuck',
  async look({ db }) {
    const { processing, expired, oldest_seconds, orphaned, runs } = await readOnly(db, (tx) => oneRow(tx, facts))
    const found: Finding[] = []
    const fix = 'start the service: it takes them back by itself within seconds; restart it if it runs and they stay'
    if (expired > 0)
      found.push(
        problem(
          `${expired} of ${processing} claimed items are past their lease, the oldest claimed ${span(oldest_seconds ?? 0)} ago`,
          fix,
        ),
      )
    if (orphaned > 0) found.push(warning(`${orphaned} claimed items belong to a process that is gone`, fix))
    if (runs.length > 0)
      found.push(
        warning(
          `runs nobody works on: ${some(runs)}`,
          'start the service, or go on with npm run tds -- sync <mode> <entity>',
        ),
      )
    return found.length > 0
      ? found
      : [ok(`${processing} items in work, each with a living holder; no run is left alone`)]
  },
}

/**
 * A living process holds the advisory lock of its id for its whole life. It is looked up in `pg_locks`, not tried: trying
 * would take it.
 */
const living = (owner: ReturnType<typeof sql>) => sql`exists (
  select from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 1
    and l.database = (select oid from pg_database where datname = current_database())
    and l.classid::bigint = (hashtextextended(${owner}::text, 7) >> 32) & 4294967295
    and l.objid::bigint = hashtextextended(${owner}::text, 7) & 4294967295)`

const facts = sql<Claims>`
  select count(*)::int as processing,
    count(*) filter (where lease_until < clock_timestamp())::int as expired,
    extract(epoch from clock_timestamp() - min(claimed_at) filter (where lease_until < clock_timestamp()))::float8 as oldest_seconds,
    count(*) filter (where lease_until >= clock_timestamp() and not ${living(sql`q.lease_owner`)})::int as orphaned,
    array(select r.entity_type || ' ' || r.mode from tds_sync_runs r
      where r.status = 'running' and (r.owner is null or r.lease_until < clock_timestamp() or not ${living(sql`r.owner`)})
      order by r.id) as runs
  from tds_sync_queue_live q where q.status = 'processing'`
