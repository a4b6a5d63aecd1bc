import { sql } from '../../../db/index.ts'
import { readOnly } from '../read-only.ts'
import { type Check, ok, warning } from '../types.ts'
import { some } from '../words.ts'

interface Row {
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly is_leader: boolean
}

/** Which processes of the service have shown themselves within the last minute. */
export const processes: Check = {
  name: 'service',
  needs: 'database',
  anchor: 'stop-and-start-safely',
  async look({ db }) {
    const { rows } = await readOnly(db, (tx) =>
      sql<Row>`select host, pid, version, is_leader from tds_processes
        where seen_at > clock_timestamp() - interval '1 minute' order by is_leader desc, started_at`.execute(tx),
    )
    if (rows.length === 0)
      return [warning('no process of the service has shown itself within a minute', 'start it: npm start')]
    const words = rows.map(
      ({ host, pid, version, is_leader }) => `${host} ${pid} (${version}${is_leader ? ', leads' : ''})`,
    )
    if (new Set(rows.map(({ version }) => version)).size > 1)
      return [warning(`processes of different versions: ${some(words)}`, 'finish the roll-out')]
    if (!rows.some(({ is_leader }) => is_leader))
      return [
        warning(
          `no process leads, so nothing is fired by the timetable: ${some(words)}`,
          'set TDS_SCHEDULER=true in one of them',
        ),
      ]
    return [ok(some(words))]
  },
}
