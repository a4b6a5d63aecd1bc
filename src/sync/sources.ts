import { type Db, sql } from '../../db/index.ts'
import {
  documentId,
  type Entities,
  type Entity,
  type FieldContext,
  hashDocument,
  type JsonObject,
  type ListView,
  mapDocument,
  viewOf,
} from '../entities/index.ts'
import { TdsError } from '../errors.ts'
import type { WorkRequest } from '../queue/index.ts'
import { storableJson } from '../runtime/index.ts'
import type { Page } from '../zoho/index.ts'
import type { MassChangeGuard } from './guard.ts'
import { listPages, type PagesDeps } from './pages.ts'
import type { Pace, Run, Slice } from './types.ts'

export interface SourceDeps extends PagesDeps {
  readonly db: Db
  readonly entities: Entities
  readonly fieldContext: () => Promise<FieldContext>
}

export interface ListReading {
  readonly run: Run
  readonly guard: MassChangeGuard
  readonly pace: Pace
  readonly signal: AbortSignal
  /** Only what changed since; otherwise everything. */
  readonly since?: Date | undefined
}

/** The list's pages, each row either equal to its table row (nothing to do) or a document for the writer. */
export async function* listSlices(
  deps: SourceDeps,
  entity: Entity,
  list: ListView,
  reading: ListReading,
): AsyncGenerator<Slice> {
  const context = await deps.fieldContext()
  const { run, pace, since, signal } = reading
  const pages = listPages(deps, entity, list, {
    fromPage: run.next_page,
    isBulk: pace.isBulk,
    purpose: `${entity.name}.list`,
    since,
    signal,
  })
  for await (const page of pages) {
    const records = page.rows
      .filter((row) => !list.skip?.(row))
      .map((document) => ({ id: documentId(entity, document), document }))
    await reading.guard.check(records.map(({ document }) => mapDocument(entity, 'list', document, context)))
    const unchanged = await unchangedIds(
      deps.db,
      entity,
      records.map(({ id, document }) => ({ id, hash: hashDocument(document, viewOf(entity, 'list'), context) })),
    )
    const changed = records.filter(({ id }) => !unchanged.has(id))
    yield {
      // A page that shifted under our feet may show a record twice; it is one record.
      fetched: new Set(records.map(({ id }) => id)).size,
      unchanged: unchanged.size,
      calls: page.calls,
      requests: lastOfEach(changed).map(({ id, document }) => toRequest(entity, id, document, page, reading.pace)),
      nextPage: page.page + 1,
      seen: records.map(({ id }) => id),
      modifiedUntil: latestModified(
        entity,
        records.map(({ document }) => document),
        context,
      ),
    }
  }
}

function lastOfEach<R extends { id: string }>(records: readonly R[]): R[] {
  return [...new Map(records.map((record) => [record.id, record])).values()]
}

function toRequest(entity: Entity, id: string, document: JsonObject, page: Page, pace: Pace): WorkRequest {
  return {
    entityType: entity.name,
    sourceEntityId: id,
    lane: entity.lane,
    ...pace,
    document: { source: 'list', readAt: page.readAt, text: storableJson(document) },
  }
}

function latestModified(entity: Entity, documents: readonly JsonObject[], context: FieldContext): string | undefined {
  const field = entity.views.list?.columns.zoho_last_modified_at
  if (!field) return undefined
  const times = documents.flatMap((document) => {
    const mapped = mapDocument(entity, 'list', document, context).columns.zoho_last_modified_at
    return typeof mapped === 'string' ? [mapped] : []
  })
  return times.toSorted((a, b) => Date.parse(b) - Date.parse(a))[0]
}

/** Rows that equal what the page shows, and for which nothing else is under way that could change that. */
async function unchangedIds(
  db: Db,
  entity: Entity,
  records: readonly { id: string; hash: string }[],
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select i.id
    from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as i(id text, hash text)
    join ${sql.table(entity.name)} t on t.${sql.ref(entity.id.column)} = i.id
    where t.deleted_at is null and t.hashes ->> 'list' = i.hash
      and not exists (select from tds_sync_queue_live q where q.entity_type = ${entity.name} and q.source_entity_id = i.id)`.execute(
    db,
  )
  return new Set(rows.map((row) => row.id))
}

/** Rows we hold that a complete list did not show: each is asked for by itself before it is believed gone. */
export async function* missingSlices(
  { db }: SourceDeps,
  entity: Entity,
  run: Run,
  guard: MassChangeGuard,
  pace: Pace,
): AsyncGenerator<Slice> {
  const key = sql.ref(entity.id.column)
  const missing = sql`
    from ${sql.table(entity.name)} t
    where t.deleted_at is null and t.zoho_read_at < ${run.started_at}
      and not exists (select from tds_sync_seen s where s.run_id = ${run.id} and s.source_entity_id = t.${key})`
  const { rows: counted } = await sql<{ n: number }>`select count(*) as n ${missing}`.execute(db)
  await guard.checkMissing(counted[0]?.n ?? 0)
  yield* idSlices(entity, pace, run.position ?? '', async (after) => {
    const { rows } = await sql<{
      id: string
    }>`select t.${key} as id ${missing} and t.${key} > ${after} order by t.${key} limit 100`.execute(db)
    return rows.map((row) => row.id)
  })
}

/**
 * Every living record that another entity's list showed, by the ids of its table: for what has no list of its own. What
 * was read since the list's own last full run began is as fresh as this run could make it, and is not read twice.
 */
export async function* ownerSlices(
  { db, entities }: SourceDeps,
  entity: Entity,
  run: Run,
  pace: Pace,
): AsyncGenerator<Slice> {
  const owner = entities.list().find((other) => other.list && other.read === entity.read)
  if (!owner) throw new TdsError('SYNC_NO_SOURCE', 'permanent', `Nothing lists the records of ${entity.name}`)
  const freshSince = run.mode === 'full' ? await lastFullStart(db, owner) : null
  let after = run.position ?? ''
  while (true) {
    const page = await ownersAfter(db, owner, entity, after, freshSince)
    const last = page.at(-1)
    if (!last) return
    after = last.id
    const ids = page.filter(({ fresh }) => !fresh).map(({ id }) => id)
    yield { ...hints(entity, ids, pace), fetched: page.length, skipped: page.length - ids.length, position: last.id }
  }
}

/** The start of the owner's full run that has ended within the last hour: the other half of one full sync. */
async function lastFullStart(db: Db, owner: Entity): Promise<string | null> {
  const { rows } = await sql<{ started_at: string }>`
    select started_at::text as started_at from tds_sync_runs
    where entity_type = ${owner.name} and mode = 'full' and status = 'settled' and settled_at > clock_timestamp() - interval '1 hour'
    order by id desc limit 1`.execute(db)
  return rows[0]?.started_at ?? null
}

/** A page of owners. One is fresh when its row was written since then, which had its document read, and no read of it waits. */
async function ownersAfter(
  db: Db,
  owner: Entity,
  entity: Entity,
  after: string,
  since: string | null,
): Promise<readonly { id: string; fresh: boolean }[]> {
  const key = sql.ref(owner.id.column)
  const { rows } = await sql<{ id: string; fresh: boolean }>`
    select o.${key} as id,
      coalesce(o.zoho_read_at >= ${since}::timestamptz, false) and o.hashes ? 'detail'
        and not exists (select from tds_sync_queue_live q
          where q.entity_type = ${entity.name} and q.source_entity_id = o.${key} and q.status <> 'processing') as fresh
    from ${sql.table(owner.name)} o
    where o.deleted_at is null and o.${key} > ${after}
    order by o.${key} limit 100`.execute(db)
  return rows
}

/** Slices of hints by ascending id: the last id is the place to go on from. */
export async function* idSlices(
  entity: Entity,
  pace: Pace,
  from: string,
  next: (after: string) => Promise<readonly string[]>,
): AsyncGenerator<Slice> {
  let after = from
  while (true) {
    const ids = await next(after)
    const last = ids.at(-1)
    if (last === undefined) return
    after = last
    yield { ...hints(entity, ids, pace), position: last }
  }
}

function hints(entity: Entity, ids: readonly string[], pace: Pace): Slice {
  const requests = ids.map((id) => ({ entityType: entity.name, sourceEntityId: id, lane: entity.lane, ...pace }))
  return { fetched: ids.length, unchanged: 0, calls: 0, requests }
}
