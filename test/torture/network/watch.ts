import { type Db, sql } from '../../../db/index.ts'
import { secrets } from '../../helpers/environment.ts'
import type { Stage } from './row.ts'

/** What an operator can see of a fault, gathered while it lasts. */
export interface Sight {
  /** Our codes: of calls, items, runs and the token. */
  readonly codes: ReadonlySet<string>
  /** Reasons of health, with their words. */
  readonly reasons: ReadonlyMap<string, string>
  look(): Promise<void>
}

export function createSight({ db, life }: Pick<Stage, 'db' | 'life'>): Sight {
  const codes = new Set<string>()
  const reasons = new Map<string, string>()
  return {
    codes,
    reasons,
    async look() {
      for (const code of await codesNow(db)) codes.add(code)
      for (const { code, words } of await reasonsOf(life.url)) reasons.set(code, words)
    },
  }
}

async function codesNow(db: Db): Promise<string[]> {
  const { rows } = await sql<{ code: string }>`
    select distinct code from (
      select error_code as code from tds_zoho_calls union all select error_code from tds_sync_logs
      union all select unnest(array[wait_reason, error_code]) from tds_sync_queue_live
      union all select error_code from tds_sync_runs union all select error_code from tds_zoho_token
      union all select error_code from tds_dead_letter_queue) as c
    where code is not null`.execute(db)
  return rows.map(({ code }) => ofReasons[code] ?? code)
}

/** What items wait for has short names; as errors they are these. */
const ofReasons: Readonly<Record<string, string>> = {
  minute: 'ZOHO_MINUTE_LIMIT',
  concurrency: 'ZOHO_CONCURRENCY',
  day: 'ZOHO_DAY_LIMIT',
  blocked: 'ZOHO_BLOCKED',
  breaker: 'ZOHO_BREAKER_OPEN',
  token: 'ZOHO_TOKEN_THROTTLED',
}

export interface ToldReason {
  readonly code: string
  readonly words: string
}

/** As monitoring reads them. */
export async function reasonsOf(url: string): Promise<readonly ToldReason[]> {
  const reply = await fetch(`${url}/api/tds/health`, { headers: { authorization: `Bearer ${secrets.admin}` } })
  const { reasons = [] } = (await reply.json()) as { reasons?: ToldReason[] }
  return reasons
}

/** What is not done yet: items, webhooks, runs. Nobody is woken; what only follows a full run rests for a minute, the run with it, and nothing is wrong. */
export async function left(db: Db): Promise<string | undefined> {
  const { rows } = await sql<Record<string, number>>`
    select (select count(*) from tds_sync_queue_live where not ${isResting}) as items,
      (select count(*) from tds_inbox_events where status = 'received') as webhooks,
      (select count(*) from tds_sync_runs where status = 'running') as runs`.execute(db)
  const open = Object.entries(rows[0] ?? {}).filter(([, count]) => count > 0)
  return open.length === 0 ? undefined : open.map(([what, count]) => `${count} ${what}`).join(', ')
}

const isResting = sql`(status = 'pending' and wait_reason is null and error_code is null and run_at > clock_timestamp())`

/** Some of the items that are not done, for whoever reads of a failure. */
export async function leftItems(db: Db): Promise<string> {
  const { rows } = await sql`
    select entity_type, source_entity_id, status, attempts, wait_reason, error_code,
      round(extract(epoch from run_at - clock_timestamp())::numeric, 1) as runs_in, requested_version, claimed_version
    from tds_sync_queue_live where not ${isResting} limit 5`.execute(db)
  return JSON.stringify(rows)
}

export async function openLetters(db: Db): Promise<readonly { id: number; code: string; of: string }[]> {
  const { rows } = await sql<{ id: number; code: string; of: string }>`
    select id, error_code as code, entity_type || ' ' || source_entity_id as of from tds_dead_letter_queue
    where not resolved order by id`.execute(db)
  return rows
}
