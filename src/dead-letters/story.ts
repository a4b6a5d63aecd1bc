import { type Db, sql } from '../../db/index.ts'
import { type Entity, tableOf } from '../entities/index.ts'
import type { DeadLettersDeps } from './types.ts'

/** What happened to one record, from Zoho's webhook to the row: newest first, all found by the record's ids. */
export interface Story {
  readonly events: readonly StoryEvent[]
  readonly queue: readonly StoryItem[]
  readonly attempts: readonly StoryAttempt[]
  /** null where nothing here knows the entity any more. */
  readonly row: StoryRow | null
}

export interface StoryEvent {
  readonly event_id: string
  readonly received_at: Date
  readonly module: string
  readonly event: string | null
  readonly status: string
  readonly outcome: string | null
  readonly settled_at: Date | null
  /** What Zoho sent, where it was asked for; null where the bytes are no text or are kept with the first of repeats. */
  readonly payload?: string | null
}

export interface StoryItem {
  readonly id: number
  readonly status: string
  readonly lane: string
  readonly priority: number
  readonly attempts: number
  readonly outcome: string | null
  readonly wait_reason: string | null
  readonly error_code: string | null
  readonly created_at: Date
  readonly finished_at: Date | null
}

export interface StoryAttempt {
  readonly id: number
  readonly queue_id: number | null
  readonly run_id: number | null
  readonly attempt: number
  readonly outcome: string
  readonly error_code: string | null
  readonly error_message: string | null
  readonly duration_ms: number | null
  readonly created_at: Date
}

export interface StoryRow {
  readonly table: string
  readonly exists: boolean
  /** More than one where the record is a set, such as the stock of an item by place. */
  readonly rows: number
  readonly synced_at: Date | null
  /** When the last of them was deleted; null while one lives. */
  readonly deleted_at: Date | null
}

interface RecordKey {
  readonly entity_type: string
  readonly source_entity_id: string
}

export async function readStory(
  { db, entities }: Pick<DeadLettersDeps, 'db' | 'entities'>,
  key: RecordKey,
  { payload }: { readonly payload: boolean },
): Promise<Story> {
  const entity = entities.find(key.entity_type)
  const [events, queue, attempts, row] = await Promise.all([
    eventsOf(db, key, payload),
    queueOf(db, key),
    attemptsOf(db, key),
    entity ? rowOf(db, entity, key.source_entity_id) : null,
  ])
  return { events, queue, attempts, row }
}

const ofRecord = ({ entity_type, source_entity_id }: RecordKey) =>
  sql`entity_type = ${entity_type} and source_entity_id = ${source_entity_id}`

const payloadBytes = 65_536

async function eventsOf(db: Db, key: RecordKey, payload: boolean): Promise<StoryEvent[]> {
  const { rows } = await sql<StoryEvent & { body: Buffer | null }>`
    select event_id, received_at, module, event, status, outcome, settled_at,
      ${payload ? sql`(select substring(body from 1 for ${payloadBytes}) from tds_inbox_payloads p where p.event_id = e.event_id)` : sql`null`} as body
    from tds_inbox_events e where ${ofRecord(key)}
    order by event_id desc limit 20`.execute(db)
  return rows.map(({ body, ...event }) => (payload ? { ...event, payload: body && textOf(body) } : event))
}

function textOf(body: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body, { stream: true })
  } catch {
    return null
  }
}

async function queueOf(db: Db, key: RecordKey): Promise<readonly StoryItem[]> {
  const { rows } = await sql<StoryItem>`
    select id, status, lane, priority, attempts, outcome, wait_reason, error_code, created_at, finished_at
    from tds_sync_queue where ${ofRecord(key)} order by id desc limit 20`.execute(db)
  return rows
}

async function attemptsOf(db: Db, key: RecordKey): Promise<readonly StoryAttempt[]> {
  const { rows } = await sql<StoryAttempt>`
    select id, queue_id, run_id, attempt, outcome, error_code, error_message, duration_ms, created_at
    from tds_sync_logs where ${ofRecord(key)} order by id desc limit 50`.execute(db)
  return rows
}

async function rowOf(db: Db, entity: Entity, id: string): Promise<StoryRow> {
  const table = tableOf(entity)
  const key = entity.set?.ownerColumn ?? entity.id.column
  const { rows } = await sql<Omit<StoryRow, 'table' | 'exists'>>`
    select count(*) as rows, max(synced_at) as synced_at,
      case when bool_and(deleted_at is not null) then max(deleted_at) end as deleted_at
    from ${sql.table(table)} where ${sql.ref(key)} = ${id}`.execute(db)
  const { rows: count = 0, synced_at = null, deleted_at = null } = rows[0] ?? {}
  return { table, exists: count > 0, rows: count, synced_at, deleted_at }
}
