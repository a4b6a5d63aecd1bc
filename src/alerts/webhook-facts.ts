import { type Db, sql } from '../../db/index.ts'
import type { WebhookFacts } from './sight.ts'

/** A webhook may be a little later than the run that saw its edit. */
const graceMinutes = 10
const runsAtOnce = 20
const modulesTold = 20

export interface HookedEntity {
  readonly name: string
  readonly joins?: unknown
  readonly webhook: { readonly modules: readonly string[] }
}

export interface WebhookReader {
  read(): Promise<WebhookFacts>
}

/** Each incremental run is looked at once. */
export function createWebhookReader(deps: {
  readonly db: Db
  readonly entities: { list(): readonly HookedEntity[] }
}): WebhookReader {
  const { db, entities } = deps

  return {
    async read() {
      await countMissed(db, entities.list())
      return { missed: await readMissed(db), unsupported: await readUnsupported(db, entities.list()) }
    },
  }
}

/** Nothing tries them again: a person supports the module, or ends it in Zoho. */
async function readUnsupported(db: Db, entities: readonly HookedEntity[]): Promise<ReadonlyMap<string, number>> {
  const known = entities.flatMap(({ webhook }) => webhook.modules)
  const { rows } = await sql<{ module: string; events: number }>`
    select module, count(*)::int as events from tds_inbox_events
    where status = 'parked' and event_id >= ${eventIdAt(sql`clock_timestamp() - interval '24 hours'`)}
      and not ${JSON.stringify(known)}::jsonb ? lower(module)
    group by module order by events desc, module limit ${modulesTold}`.execute(db)
  return new Map(rows.map(({ module, events }) => [module, events]))
}

async function readMissed(db: Db): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ entity_type: string; missed: number }>`
    select entity_type, sum(missed)::int as missed from tds_missed_edits
    where counted_at > clock_timestamp() - interval '24 hours' and missed > 0
    group by entity_type order by entity_type`.execute(db)
  return new Map(rows.map(({ entity_type, missed }) => [entity_type, missed]))
}

/**
 * An incremental run writes what no webhook has brought before it. Of each settled run: the records it wrote for which
 * no event came from an hour before its start until now. Entities without any webhook in 30 days have none set up, and
 * a joined source is told of by its owner's.
 */
async function countMissed(db: Db, entities: readonly HookedEntity[]): Promise<void> {
  const hooked = entities
    .filter(({ joins, webhook }) => joins === undefined && webhook.modules.length > 0)
    .map(({ name, webhook }) => ({ name, modules: webhook.modules }))
  await sql`
    with settled as materialized (
      select r.id, r.entity_type, r.started_at, r.settled_at, h.modules
      from jsonb_to_recordset(${JSON.stringify(hooked)}::jsonb) as h(name text, modules jsonb)
      join tds_sync_runs r on r.entity_type = h.name
      where r.status = 'settled' and r.mode = 'incremental' and r.written > 0
        and r.settled_at > clock_timestamp() - interval '24 hours'
        and r.settled_at < clock_timestamp() - ${graceMinutes} * interval '1 minute'
        and not exists (select from tds_missed_edits m where m.run_id = r.id)
      order by r.settled_at limit ${runsAtOnce}
    )
    insert into tds_missed_edits (run_id, entity_type, missed, samples)
    select s.id, s.entity_type, coalesce(cardinality(edits.ids), 0), coalesce(edits.ids[1:10], '{}')
    from settled s
    cross join lateral (
      select array_agg(distinct l.source_entity_id) as ids from tds_sync_logs l
      where l.created_at between s.started_at and s.settled_at + interval '1 minute'
        and l.run_id = s.id and l.entity_type = s.entity_type and l.outcome = 'written'
        and not exists (
          select from tds_inbox_events e
          where e.event_id >= ${eventIdAt(sql`s.started_at - interval '1 hour'`)}
            and e.entity_type = l.entity_type and e.source_entity_id = l.source_entity_id)
        and exists (
          select from tds_metrics w
          where w.resolution in ('minute', 'hour') and w.bucket > clock_timestamp() - interval '30 days'
            and w.name = 'webhook_received' and s.modules ? w.label)) edits
    on conflict do nothing`.execute(db)
}

/** Event ids are UUIDv7: they begin with the time they were made, so a time is a place in the primary key. */
const eventIdAt = (at: ReturnType<typeof sql>) =>
  sql`(lpad(to_hex(floor(extract(epoch from ${at}) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid`
