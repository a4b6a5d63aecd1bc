import { type Db, sql } from '../../db/index.ts'
import type { Simulator } from '../simulator/index.ts'

type Log = ReturnType<Simulator['control']['webhooks']['log']>

/** What must hold at the end of every history, beside the rows themselves. @throws the first that does not */
export async function checkInvariants(db: Db, webhooks: Log): Promise<void> {
  const acknowledged = webhooks.filter(({ status }) => status === 200).map(({ reply = '' }) => eventIdOf(reply))
  const ids = JSON.stringify([...new Set(acknowledged)])
  const { rows } = await sql<Record<string, number>>`
    select
      (select count(*) from jsonb_array_elements_text(${ids}::jsonb) a
        where (select count(*) from tds_inbox_events e where e.event_id = a.value::uuid) <> 1) as "acknowledged webhooks not kept exactly once",
      (select count(*) from tds_inbox_events where status not in ('promoted', 'duplicate')) as "webhooks neither promoted nor duplicate",
      (select count(*) from tds_inbox_events where status = 'promoted' and outcome is null) as "promoted webhooks without an outcome",
      (select count(*) from tds_sync_queue_live) as "items left in the queue",
      (select count(*) from tds_dead_letter_queue where not resolved) as "dead letters",
      (select count(*) from tds_sync_runs where status in ('running', 'read')) as "runs without an end",
      (select count(*) from tds_sync_runs where status = 'settled' and fetched <> written + unchanged + stale + skipped + failed) as "runs whose counters do not add up",
      (select count(*) from tds_sync_seen) as "ids of lists kept after their runs"`.execute(db)
  const broken = Object.entries(rows[0] ?? {}).filter(([, count]) => count !== 0)
  if (broken.length > 0) throw new Error(broken.map(([what, count]) => `${count} ${what}`).join('; '))
}

function eventIdOf(reply: string): string {
  const { event_id: id } = JSON.parse(reply) as { event_id?: string }
  if (id === undefined) throw new Error(`A webhook was acknowledged without its event id: ${reply}`)
  return id
}
