import { sql } from '../../../db/index.ts'
import { oneRow, readOnly } from '../read-only.ts'
import { type Check, type DoctorDeps, type Finding, ok, problem, warning } from '../types.ts'

interface Server {
  readonly version_number: number
  readonly version: string
  readonly encoding: string
  readonly autovacuum: string
  readonly fsync: string
  readonly full_page_writes: string
  readonly time_zone: string
  readonly max_connections: number
  readonly reserved: number
  readonly used: number
}

/** The PostgreSQL server: supported, safe against a crash, with room for our connections. */
export const server: Check = {
  name: 'postgresql',
  needs: 'database',
  anchor: 'database',
  async look(deps) {
    const facts = await readOnly(deps.db, (tx) =>
      oneRow(
        tx,
        sql<Server>`select current_setting('server_version_num')::int as version_number,
          current_setting('server_version') as version, current_setting('server_encoding') as encoding,
          current_setting('autovacuum') as autovacuum, current_setting('fsync') as fsync,
          current_setting('full_page_writes') as full_page_writes, current_setting('TimeZone') as time_zone,
          current_setting('max_connections')::int as max_connections,
          current_setting('superuser_reserved_connections')::int as reserved,
          (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used`,
      ),
    )
    return [versionOf(facts), ...settingsOf(facts, deps), await roomFor(facts, deps)]
  },
}

function versionOf({ version_number, version }: Server): Finding {
  const major = Math.floor(version_number / 10_000)
  if (major < 14) return problem(`PostgreSQL ${version}: older than 14`, 'move to PostgreSQL 14 to 18')
  if (major > 18)
    return warning(
      `PostgreSQL ${version}: TDS is tested with 14 to 18`,
      'run npm test against it before you rely on it',
    )
  return ok(`PostgreSQL ${version}`)
}

function settingsOf(
  { encoding, autovacuum, fsync, full_page_writes, time_zone }: Server,
  { config }: DoctorDeps,
): Finding[] {
  const found: Finding[] = []
  if (encoding !== 'UTF8')
    found.push(
      problem(`the database's encoding is ${encoding}`, 'make a database with encoding UTF8 and let TDS fill it'),
    )
  if (autovacuum !== 'on')
    found.push(
      problem('autovacuum is off: the queue bloats', 'alter system set autovacuum = on; select pg_reload_conf();'),
    )
  const unsafe = Object.entries({ fsync, full_page_writes }).flatMap(([name, value]) => (value === 'on' ? [] : [name]))
  if (unsafe.length > 0) {
    const finding = config.production ? problem : warning
    found.push(
      finding(
        `${unsafe.join(' and ')} off: a crash of the machine loses acknowledged webhooks`,
        'switch it on, except for tests',
      ),
    )
  }
  return found.length > 0 ? found : [ok(`UTF8, autovacuum on, fsync on, time zone ${time_zone}`)]
}

async function roomFor({ max_connections, reserved, used }: Server, { db, config }: DoctorDeps): Promise<Finding> {
  const living = await readOnly(db, livingProcesses).catch(() => 0)
  const wanted = Math.max(1, living) * config.database.connections
  const words = `${max_connections - reserved} connections, ${used} in use; ${Math.max(1, living)} process(es) × a pool of ${config.database.connections} = ${wanted}`
  if (wanted <= max_connections - reserved) return ok(words)
  return warning(words, 'lower TDS_DATABASE_CONNECTIONS, or raise max_connections and restart PostgreSQL')
}

async function livingProcesses(tx: Parameters<typeof oneRow>[0]): Promise<number> {
  const query = sql<{ living: number }>`
    select count(*)::int as living from tds_processes where seen_at > clock_timestamp() - interval '1 minute'`
  return (await oneRow(tx, query)).living
}
