import { type Db, sql, type Tx } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { inputError } from '../errors.ts'
import { type ParseOptions, parseWebhook, type StoredWebhook } from './parse.ts'

/** Events by id, or those of a time. */
export interface ReplayChoice {
  readonly ids?: readonly string[] | undefined
  /** Received at or after. */
  readonly from?: Date | undefined
  /** Received before. */
  readonly to?: Date | undefined
  readonly module?: string | undefined
}

export interface ReplayRequest extends ReplayChoice {
  readonly actor: string
  readonly reason: string
}

export interface ReplayAnswer {
  /** Events meant; a repeat stands for its first, one that waits to be promoted anyway is left alone. */
  readonly count: number
  /** Distinct records that are read again because of promoted events. */
  readonly records: number
  /** Parked events, which are tried once more. */
  readonly parked: number
}

export interface ReplayRecord {
  readonly entity_type: string
  readonly source_entity_id: string
  readonly events: number
}

/** What a fresh read would change in one record's row; see `verify`. */
export interface RecordChange {
  readonly source_entity_id: string
  readonly change: string
  readonly fields: readonly {
    readonly column: string
    readonly here: unknown
    readonly source: unknown
    readonly key?: string
    readonly table?: string
  }[]
  readonly code?: string
}

export type CompareRecords = (
  entityType: string,
  ids: readonly string[],
  signal: AbortSignal,
) => Promise<readonly RecordChange[]>

export interface ReplayPreview extends ReplayAnswer {
  /** The records, at most 200 of them. */
  readonly items: readonly ReplayRecord[]
  /** Why parked events are parked, and what they name now; at most 20. */
  readonly parked_events: readonly {
    readonly event_id: string
    readonly now: 'promoted' | 'parked'
    readonly reason: string | null
    readonly entity_type: string | null
    readonly source_entity_id: string | null
  }[]
  /** Of the first 20 records, read from Zoho now. */
  readonly changes: readonly (RecordChange & { readonly entity_type: string })[]
}

export interface Replay {
  /**
   * Lets events be promoted once more: parked ones whose cause is gone, promoted ones to have their record read again,
   * once for each record. @throws TdsError `EVENTS_NOTHING_CHOSEN` `EVENTS_TOO_MANY`
   */
  replay(request: ReplayRequest): Promise<ReplayAnswer>
  /** The same, only said: with what a fresh read would change, row by row. Changes nothing. */
  previewReplay(choice: ReplayChoice, signal: AbortSignal): Promise<ReplayPreview>
}

export interface ReplayDeps extends ParseOptions {
  readonly db: Db
  readonly compare?: CompareRecords
  readonly onReplayed: () => void
}

const mostEvents = 100_000
const listed = 200
const compared = 20

export function createReplay(deps: ReplayDeps): Replay {
  const { db, onReplayed } = deps
  return {
    async replay({ actor, reason, ...choice }) {
      const answer = await db.transaction().execute(async (tx) => {
        const counted = await count(tx, choice)
        if (counted.count === 0) return counted
        await takeUp(tx, choice)
        const subject = 'tds_inbox_events'
        await record(tx, { action: 'events.replay', actor, reason, affected: counted.count, filter: choice, subject })
        return counted
      })
      onReplayed()
      return answer
    },
    async previewReplay(choice, signal) {
      const counted = await count(db, choice)
      const items = await recordsOf(db, choice)
      const changes = await changesOf(deps, items.slice(0, compared), signal)
      return { ...counted, items, changes, parked_events: await parkedOf(deps, choice) }
    },
  }
}

/** Chosen events, repeats as their first; of promoted ones the newest of each record is marked. */
const chosenOf = ({ ids, from, to, module }: ReplayChoice) => {
  const conditions = [
    ...(ids ? [sql`event_id = any (${[...ids]}::uuid[])`] : []),
    ...(from ? [sql`received_at >= ${from}`] : []),
    ...(to ? [sql`received_at < ${to}`] : []),
    ...(module === undefined ? [] : [sql`module = ${module}`]),
  ]
  if (!ids && !from) throw inputError('EVENTS_NOTHING_CHOSEN', 'Name ids, or a time they came from')
  return sql`
    meant as materialized (
      select distinct coalesce(duplicate_of, event_id) as event_id from tds_inbox_events
      where ${sql.join(conditions, sql` and `)} limit ${mostEvents + 1}
    ), chosen as materialized (
      select e.event_id, e.status, e.entity_type, e.source_entity_id,
        row_number() over (partition by e.status, e.entity_type, e.source_entity_id order by e.event_id desc) = 1 as is_newest
      from tds_inbox_events e join meant using (event_id) where e.status in ('parked', 'promoted')
    )`
}

async function count(db: Db, choice: ReplayChoice): Promise<ReplayAnswer> {
  const { rows } = await sql<ReplayAnswer & { meant: number }>`
    with ${chosenOf(choice)}
    select (select count(*) from meant) as meant, count(*) as count,
      count(*) filter (where status = 'promoted' and is_newest) as records,
      count(*) filter (where status = 'parked') as parked
    from chosen`.execute(db)
  const { meant = 0, ...answer } = rows[0] ?? { count: 0, records: 0, parked: 0 }
  if (meant > mostEvents)
    throw inputError('EVENTS_TOO_MANY', `More than ${mostEvents} events came in that time; choose a shorter one`)
  return answer
}

async function takeUp(tx: Tx, choice: ReplayChoice): Promise<void> {
  await sql`
    with ${chosenOf(choice)}
    update tds_inbox_events e
    set status = 'received', reason = null, outcome = null, settled_at = null, requested_version = null
    from chosen c
    where e.event_id = c.event_id and (c.status = 'parked' or c.is_newest) and e.status in ('parked', 'promoted')`.execute(
    tx,
  )
}

async function recordsOf(db: Db, choice: ReplayChoice): Promise<readonly ReplayRecord[]> {
  const { rows } = await sql<ReplayRecord>`
    with ${chosenOf(choice)}
    select entity_type, source_entity_id, count(*) as events from chosen
    where status = 'promoted' group by 1, 2 order by max(event_id::text) desc limit ${listed}`.execute(db)
  return rows
}

async function parkedOf(deps: ReplayDeps, choice: ReplayChoice): Promise<ReplayPreview['parked_events']> {
  const { rows } = await sql<StoredWebhook & { readonly event_id: string }>`
    with ${chosenOf(choice)}
    select e.event_id, e.module, e.event, p.body, p.content_type as "contentType", p.query
    from (select event_id from chosen where status = 'parked' order by event_id desc limit ${compared}) c
    join tds_inbox_events e using (event_id) join tds_inbox_payloads p using (event_id)
    order by e.event_id desc`.execute(deps.db)
  return rows.map(({ event_id, ...webhook }) => {
    const parsed = parseWebhook(webhook, deps)
    if ('parked' in parsed)
      return { event_id, now: 'parked', reason: parsed.parked, entity_type: null, source_entity_id: null }
    const { route, sourceEntityId } = parsed
    return { event_id, now: 'promoted', reason: null, entity_type: route.entityType, source_entity_id: sourceEntityId }
  })
}

async function changesOf(
  { compare }: ReplayDeps,
  records: readonly ReplayRecord[],
  signal: AbortSignal,
): Promise<ReplayPreview['changes']> {
  if (!compare) return []
  const byEntity = Map.groupBy(records, ({ entity_type }) => entity_type)
  const parts = await Promise.all(
    [...byEntity].map(async ([entity_type, of]) => {
      const ids = of.map(({ source_entity_id }) => source_entity_id)
      return (await compare(entity_type, ids, signal)).map((change) => ({ entity_type, ...change }))
    }),
  )
  return parts.flat()
}
