import { type Db, sql, type Tx } from '../../db/index.ts'
import { errorCode } from '../errors.ts'
import { countMetrics } from '../queue/index.ts'
import { isRowFault } from './connection.ts'
import { type ParseOptions, parseWebhook, type StoredWebhook } from './parse.ts'
import type { Enqueue, Hint } from './types.ts'

export interface PromoteOptions extends ParseOptions {
  readonly db: Db
  readonly enqueue: Enqueue
}

export interface Promotion {
  readonly promoted: number
  readonly parked: number
}

interface Waiting extends StoredWebhook {
  readonly eventId: string
}

interface Outcome {
  readonly event_id: string
  readonly status: 'promoted' | 'parked'
  readonly reason: string | null
  readonly entity_type: string | null
  readonly source_entity_id: string | null
  readonly requested_version: number | null
}

export const promoteLimits = { rows: 500, bytes: 16 * 1024 * 1024 }

/**
 * Turns the oldest waiting events into work, or parks them, in one transaction. Several processes share the work.
 * Should one event spoil a batch, the batch is done one by one and that event is parked with the reason.
 */
export async function promoteWaiting(options: PromoteOptions): Promise<Promotion> {
  try {
    return await promoteBatch(options, promoteLimits.rows)
  } catch (error) {
    if (!isRowFault(error)) throw error
    return promoteOneByOne(options)
  }
}

async function promoteOneByOne(options: PromoteOptions): Promise<Promotion> {
  let total: Promotion = { promoted: 0, parked: 0 }
  for (let turn = 0; turn < promoteLimits.rows; turn += 1) {
    const done = await promoteOne(options)
    if (done.promoted + done.parked === 0) break
    total = { promoted: total.promoted + done.promoted, parked: total.parked + done.parked }
  }
  return total
}

async function promoteOne(options: PromoteOptions): Promise<Promotion> {
  let event: Waiting | undefined
  try {
    return await promoteBatch(options, 1, ([first]) => {
      event = first
    })
  } catch (error) {
    if (!isRowFault(error) || event === undefined) throw error
    const refused = event
    const outcome = parked(refused.eventId, `the queue refuses it: ${errorCode(error)}`)
    await options.db.transaction().execute(async (tx) => {
      await writeOutcomes(tx, [outcome])
      await countOutcomes(tx, [refused], [outcome])
    })
    return { promoted: 0, parked: 1 }
  }
}

async function promoteBatch(
  { db, enqueue, ...options }: PromoteOptions,
  rows: number,
  onTaken: (waiting: readonly Waiting[]) => void = () => {},
): Promise<Promotion> {
  return db.transaction().execute(async (tx) => {
    const waiting = await takeWaiting(tx, rows)
    if (waiting.length === 0) return { promoted: 0, parked: 0 }
    onTaken(waiting)
    const outcomes = await judge(tx, waiting, enqueue, options)
    await writeOutcomes(tx, outcomes)
    await countOutcomes(tx, waiting, outcomes)
    const promoted = outcomes.filter((each) => each.status === 'promoted').length
    return { promoted, parked: outcomes.length - promoted }
  })
}

/** As many as fit, by size too: bodies may be megabytes. The size of a stored body is known without reading it. */
async function takeWaiting(tx: Tx, limit: number): Promise<readonly Waiting[]> {
  const { rows } = await sql<Waiting>`
    with taken as materialized (
      select event_id, module, event from tds_inbox_events
      where status = 'received'
      order by event_id limit ${limit}
      for update skip locked
    ), sized as (
      select t.*, p.body, p.content_type, p.query,
        sum(octet_length(p.body)) over (order by t.event_id) - octet_length(p.body) as bytes_before
      from taken t join tds_inbox_payloads p on p.event_id = t.event_id
    )
    select event_id as "eventId", module, event, body, content_type as "contentType", query
    from sized where bytes_before < ${promoteLimits.bytes}
    order by sized.event_id`.execute(tx)
  return rows
}

async function judge(
  tx: Tx,
  waiting: readonly Waiting[],
  enqueue: Enqueue,
  options: ParseOptions,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const hints: Array<Hint & { readonly eventId: string }> = []
  for (const webhook of waiting) {
    const parsed = parseWebhook(webhook, options)
    if ('parked' in parsed) outcomes.push(parked(webhook.eventId, parsed.parked))
    else {
      const { entityType, lane, priority } = parsed.route
      hints.push({ eventId: webhook.eventId, entityType, sourceEntityId: parsed.sourceEntityId, lane, priority })
    }
  }
  const enqueued = await enqueue(
    tx,
    hints.map(({ eventId: _, ...hint }) => ({ ...hint, cause: 'webhook' as const })),
  )
  const promoted = hints.map((hint, index) => promotedTo(hint, enqueued[index]?.requestedVersion ?? null))
  return [...outcomes, ...promoted]
}

function parked(eventId: string, reason: string): Outcome {
  return {
    event_id: eventId,
    status: 'parked',
    // What a body holds may be quoted in the reason; text columns take neither NUL nor half a surrogate pair.
    reason: reason.toWellFormed().replaceAll('\0', '\ufffd'),
    entity_type: null,
    source_entity_id: null,
    requested_version: null,
  }
}

function promotedTo(hint: Hint & { readonly eventId: string }, version: number | null): Outcome {
  return {
    event_id: hint.eventId,
    status: 'promoted',
    reason: null,
    entity_type: hint.entityType,
    source_entity_id: hint.sourceEntityId,
    requested_version: version,
  }
}

/** In the transaction of the promotion: an outcome is counted exactly once. */
async function countOutcomes(
  tx: Tx,
  waiting: readonly Pick<Waiting, 'eventId' | 'module'>[],
  outcomes: readonly Outcome[],
): Promise<void> {
  const modules = new Map(waiting.map(({ eventId, module }) => [eventId, module]))
  const counts = outcomes.map(({ event_id, status }) => ({
    name: `webhook_${status}`,
    label: modules.get(event_id) ?? '',
  }))
  await countMetrics(tx, counts, 0)
}

async function writeOutcomes(tx: Tx, outcomes: readonly Outcome[]): Promise<void> {
  // The ids as an array keep the plan on the primary key, however the statistics stand.
  await sql`
    with o as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb) as o(
        event_id uuid, status text, reason text, entity_type text, source_entity_id text, requested_version integer)
    )
    update tds_inbox_events e
    set status = o.status, reason = o.reason, entity_type = o.entity_type, source_entity_id = o.source_entity_id,
      requested_version = o.requested_version
    from o
    where e.event_id = o.event_id and e.event_id = any(array(select event_id from o))`.execute(tx)
}
