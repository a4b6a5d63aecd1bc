import { v7 as uuidv7 } from 'uuid'
import { sql, type Tx } from '../../db/index.ts'
import { TdsError } from '../errors.ts'
import { countOverRuns, type RunCount } from './run-counters.ts'
import type { Enqueued, WorkRequest } from './types.ts'

interface QueueInput {
  entity_type: string
  source_entity_id: string
  lane: string
  priority: number
  is_bulk: boolean
  run_id: number | null
  run_after_ms: number
  document_id: string | null
  document_read_at: string | null
  cause: string | null
}

/**
 * Makes sure every named record has a live row that will do what is asked, in one statement however many there are.
 * The answer is in the order of the requests; requests for one record share a row.
 */
export async function enqueue(tx: Tx, requests: readonly WorkRequest[]): Promise<readonly Enqueued[]> {
  if (requests.length === 0) return []
  const merged = mergeByRecord(requests)
  const documentIds = await keepDocuments(tx, [...merged.values()])
  const input = [...merged].map(([key, request]) => toInput(request, documentIds.get(key) ?? null))
  const overtaken = await lockOvertaken(tx, input)
  const rows = await upsertRows(tx, input)
  refuseSlipped(input, overtaken.held, rows)
  await countOverRuns(tx, overtaken.counts)
  const byKey = new Map(rows.map((row) => [keyOf(row), row]))
  return requests.map((request) => {
    const row = byKey.get(keyOf(request))
    if (!row) throw new Error(`The queue did not answer for ${request.entityType} ${request.sourceEntityId}`)
    return row
  })
}

const keyOf = (record: { entityType: string; sourceEntityId: string }): string =>
  `${record.entityType}\n${record.sourceEntityId}`

/** Two requests for one record become one: the more urgent, the earlier, and a hint wins over a document. */
function mergeByRecord(requests: readonly WorkRequest[]): Map<string, WorkRequest> {
  const merged = new Map<string, WorkRequest>()
  for (const next of requests) {
    const key = keyOf(next)
    const held = merged.get(key)
    merged.set(key, held ? merge(held, next) : next)
  }
  return merged
}

function merge(a: WorkRequest, b: WorkRequest): WorkRequest {
  const { document: _a, ...rest } = a
  const document = a.document && b.document && (a.document.readAt > b.document.readAt ? a.document : b.document)
  const runId = b.runId ?? a.runId
  const cause = b.cause ?? a.cause
  return {
    ...rest,
    priority: Math.min(a.priority, b.priority),
    isBulk: (a.isBulk ?? false) && (b.isBulk ?? false),
    runAfterMs: Math.min(a.runAfterMs ?? 0, b.runAfterMs ?? 0),
    ...(runId !== undefined && { runId }),
    ...(document && { document }),
    ...(cause && { cause }),
  }
}

async function keepDocuments(tx: Tx, requests: readonly WorkRequest[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>()
  const rows = requests.flatMap((request) => {
    if (!request.document) return []
    const documentId = uuidv7()
    ids.set(keyOf(request), documentId)
    return {
      document_id: documentId,
      entity_type: request.entityType,
      source_entity_id: request.sourceEntityId,
      source: request.document.source,
      read_at: sql<Date>`${request.document.readAt}::timestamptz`,
      document: request.document.text,
    }
  })
  if (rows.length > 0) await tx.insertInto('tds_sync_documents').values(rows).execute()
  return ids
}

function toInput(request: WorkRequest, documentId: string | null): QueueInput {
  return {
    entity_type: request.entityType,
    source_entity_id: request.sourceEntityId,
    lane: documentId ? 'write' : request.lane,
    priority: request.priority,
    is_bulk: request.isBulk ?? false,
    run_id: request.runId ?? null,
    run_after_ms: request.runAfterMs ?? 0,
    document_id: documentId,
    document_read_at: request.document?.readAt ?? null,
    cause: request.cause ?? null,
  }
}

/**
 * A row that a run still waits for now answers to the newer request; for the older one it is stale. Only the queue rows
 * are locked here: everywhere queue rows come before run rows, or two statements would wait for each other in a ring.
 */
async function lockOvertaken(
  tx: Tx,
  input: readonly QueueInput[],
): Promise<{ readonly counts: readonly RunCount[]; readonly held: ReadonlySet<string> }> {
  const ours = input.filter((each) => each.run_id !== null)
  if (ours.length === 0) return { counts: [], held: new Set() }
  const { rows } = await sql<{ entityType: string; sourceEntityId: string; run_id: number | null }>`
    select q.entity_type as "entityType", q.source_entity_id as "sourceEntityId", q.run_id
    from tds_sync_queue_live q
    join jsonb_to_recordset(${JSON.stringify(ours)}::jsonb) as i(entity_type text, source_entity_id text)
      using (entity_type, source_entity_id)
    order by q.entity_type, q.source_entity_id
    for update of q`.execute(tx)
  return {
    counts: rows.flatMap(({ run_id }) => (run_id === null ? [] : { runId: run_id, outcome: 'stale' as const })),
    held: new Set(rows.map(keyOf)),
  }
}

/**
 * A row that was made elsewhere between our look and our write may answer to a run whose count would be lost with it.
 * @throws TdsError `QUEUE_ROW_SLIPPED`; `inSerialOrder` tries again
 */
function refuseSlipped(input: readonly QueueInput[], held: ReadonlySet<string>, rows: readonly Enqueued[]): void {
  const ofRuns = new Set(
    input.flatMap((each) => (each.run_id === null ? [] : `${each.entity_type}\n${each.source_entity_id}`)),
  )
  const slipped = rows.filter((row) => row.requestedVersion > 1 && ofRuns.has(keyOf(row)) && !held.has(keyOf(row)))
  if (slipped.length === 0) return
  throw new TdsError('QUEUE_ROW_SLIPPED', 'transient', `${slipped.length} row(s) were made by others at the same time`)
}

/**
 * Rows are taken in key order, as in settle, so that two statements never wait for each other in a ring.
 * A hint merged with a document reads again; of two documents the later read stays; a row in work keeps its lease and
 * comes back afterwards, because its requested version is now ahead of the claimed one.
 */
async function upsertRows(tx: Tx, input: readonly QueueInput[]): Promise<Enqueued[]> {
  const { rows } = await sql<Enqueued>`
    insert into tds_sync_queue_live as q
      (entity_type, source_entity_id, lane, priority, is_bulk, run_id, document_id, document_read_at, run_at, cause)
    select entity_type, source_entity_id, lane, priority, is_bulk, run_id, document_id, document_read_at,
      clock_timestamp() + run_after_ms * interval '1 millisecond', cause
    from jsonb_to_recordset(${JSON.stringify(input)}::jsonb) as i(
      entity_type text, source_entity_id text, lane text, priority smallint, is_bulk boolean, run_id bigint,
      run_after_ms integer, document_id uuid, document_read_at timestamptz, cause text)
    order by entity_type, source_entity_id
    on conflict (entity_type, source_entity_id) do update set
      requested_version = q.requested_version + 1,
      priority = least(q.priority, excluded.priority),
      is_bulk = q.is_bulk and excluded.is_bulk,
      run_id = coalesce(excluded.run_id, q.run_id),
      cause = coalesce(excluded.cause, q.cause),
      run_at = case when q.status = 'processing' and q.requested_version = q.claimed_version
        then excluded.run_at else least(q.run_at, excluded.run_at) end,
      next_retry_at = case when q.status = 'failed' then least(q.next_retry_at, excluded.run_at) end,
      wait_reason = null,
      lane = case when q.document_id is null then q.lane else excluded.lane end,
      document_id = case
        when q.document_id is null or excluded.document_id is null then null
        when excluded.document_read_at >= q.document_read_at then excluded.document_id
        else q.document_id end,
      document_read_at = case
        when q.document_id is null or excluded.document_id is null then null
        else greatest(q.document_read_at, excluded.document_read_at) end
    returning entity_type as "entityType", source_entity_id as "sourceEntityId", id as "queueId",
      requested_version as "requestedVersion"`.execute(tx)
  return rows
}
