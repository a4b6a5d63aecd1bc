import type { PoolClient } from 'pg'
import type { EventRecord } from './types.ts'

/** Event id → id of the earlier event it repeats, or null; an event that was stored before is absent. */
export type Stored = ReadonlyMap<string, string | null>

/**
 * Writes events and payloads in one statement, so one commit, whatever their number.
 *
 * Two parameters whatever the number of rows: the facts as JSON, the bodies end to end. The statement's text never
 * changes and is prepared once a connection.
 *
 * A repeat is absorbed only while its first is younger than a day, neither parked nor dead-lettered: then everything it
 * could ask for is done or under way. It keeps a narrow row without the bytes.
 */
export async function store(client: PoolClient, records: readonly EventRecord[]): Promise<Stored> {
  const { rows } = await client.query<{ event_id: string; duplicate_of: string | null }>({
    name: 'tds_inbox_store',
    text: statement,
    values: [JSON.stringify(facts(records)), Buffer.concat(records.map((record) => record.body))],
  })
  return new Map(rows.map((row) => [row.event_id, row.duplicate_of]))
}

function facts(records: readonly EventRecord[]): object[] {
  const firsts = new Map<string, string>()
  let start = 1
  return records.map(({ body, ...record }) => {
    const sameAs = firsts.get(record.idempotencyKey) ?? null
    if (sameAs === null) firsts.set(record.idempotencyKey, record.eventId)
    const from = start
    start += body.length
    return { ...record, sameAs, start: from, bytes: body.length }
  })
}

const statement = `
with incoming as materialized (
  select * from json_to_recordset($1::json) as i(
    "eventId" uuid, "receivedAt" timestamptz, module text, event text, method text, "idempotencyKey" text,
    repeatable boolean, sha256 text, "contentType" text, headers jsonb, query jsonb, "sourceAddress" text,
    "authMethod" text, "requestId" text, "sameAs" uuid, start integer, bytes integer)
), judged as materialized (
  select i.*, case when i.repeatable then coalesce((
    select e.event_id from tds_inbox_events e
    where e.idempotency_key = i."idempotencyKey"
      and e.status in ('received', 'promoted')
      and e.event_id <> i."eventId"
      and e.received_at > i."receivedAt" - interval '24 hours'
      and e.outcome is distinct from 'failed'
      and not exists (
        select from tds_dead_letter_queue d
        where d.entity_type = e.entity_type and d.source_entity_id = e.source_entity_id and not d.resolved
        offset 0) -- kept apart from the plan around it: by its index, never a scan of all dead letters
    order by e.event_id limit 1), i."sameAs") end as duplicate_of
  from incoming i
), events as (
  insert into tds_inbox_events
    (event_id, received_at, module, event, method, status, idempotency_key, duplicate_of)
  select "eventId", "receivedAt", module, event, method,
    case when duplicate_of is null then 'received' else 'duplicate' end, "idempotencyKey", duplicate_of
  from judged
  on conflict (event_id) do nothing
  returning event_id, duplicate_of
), payloads as (
  insert into tds_inbox_payloads
    (event_id, body, sha256, content_type, headers, query, source_address, auth_method, request_id)
  select s.event_id, substring($2::bytea from i.start for i.bytes), decode(i.sha256, 'hex'), i."contentType", i.headers,
    i.query, i."sourceAddress", i."authMethod", i."requestId"
  from events s join incoming i on i."eventId" = s.event_id
  where s.duplicate_of is null
  on conflict (event_id) do nothing
)
select event_id, duplicate_of from events`
