import { sql } from '../../../db/index.ts'
import { readOnly } from '../read-only.ts'
import { type Check, ok, warning } from '../types.ts'
import { some, span } from '../words.ts'

interface Session {
  readonly pid: number
  readonly name: string
  readonly state: string
  readonly seconds: number
}

/** A transaction that stays open keeps dead rows alive: the queue bloats behind it. */
export const transactions: Check = {
  name: 'long-transactions',
  needs: 'database',
  anchor: 'stuck',
  async look({ db }) {
    const { rows } = await readOnly(db, (tx) =>
      sql<Session>`
        select pid, coalesce(nullif(application_name, ''), usename, 'unknown') as name, coalesce(state, '') as state,
          extract(epoch from clock_timestamp() - xact_start)::float8 as seconds
        from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
          and xact_start < clock_timestamp() - interval '5 minutes'
        order by xact_start`.execute(tx),
    )
    if (rows.length === 0) return [ok('no transaction is open for more than 5 minutes')]
    const words = rows.map(({ pid, name, state, seconds }) => `${name} (pid ${pid}, ${state}, ${span(seconds)})`)
    const fix = `ask its owner to end it; if nobody does: select pg_terminate_backend(${rows[0]?.pid})`
    return [warning(`open for long: ${some(words)}`, fix)]
  },
}
