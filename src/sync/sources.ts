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
import type { ListEndpoint, Page, Zoho } from '../zoho/index.ts'
import type { MassChangeGuard } from './guard.ts'
import type { Pace, Run, Slice } from './types.ts'

export interface SourceDeps {
  readonly db: Db
  readonly zoho: Zoho
  readonly entities: Entities
  readonly fieldContext: () => Promise<FieldContext>
  /** Configured path overrides by entity. */
  readonly paths: Readonly<Record<string, string>>
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
  for await (const page of pagesOf(deps, entity, list, reading)) {
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

async function* pagesOf(deps: SourceDeps, entity: Entity, list: ListView, reading: ListReading): AsyncGenerator<Page> {
  const override = deps.paths[entity.name]
  const paths = override ? [override] : [list.path, ...(list.fallbackPath ? [list.fallbackPath] : [])]
  const query = { ...list.query, ...sortAndFilter(list, reading.since) }
  for (const [index, path] of paths.entries()) {
    const endpoint: ListEndpoint = {
      product: list.product,
      path,
      listKey: list.keys,
      paged: list.paged,
      ...(entity.id.fields[0] && { idKey: entity.id.fields[0] }),
      ...(list.modifiedSince && { filters: [list.modifiedSince.parameter] }),
    }
    try {
      yield* deps.zoho.pages(endpoint, {
        query,
        fromPage: reading.run.next_page,
        purpose: `${entity.name}.list`,
        bulk: reading.pace.isBulk,
        signal: reading.signal,
      })
      return
    } catch (error) {
      if (!(error instanceof TdsError) || error.code !== 'ZOHO_NOT_FOUND' || index === paths.length - 1) throw error
    }
  }
}

function sortAndFilter(list: ListView, since: Date | undefined): Record<string, string> {
  if (since && list.modifiedSince) {
    return { [list.modifiedSince.parameter]: zohoTime(since), sort_column: list.modifiedSince.sort, sort_order: 'A' }
  }
  return list.stableSort ? { sort_column: list.stableSort, sort_order: 'A' } : {}
}

/** `YYYY-MM-DDTHH:MM:SS+0000`: seconds, and an offset without a colon; a `Z` is refused. */
const zohoTime = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, '+0000')

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

/** Every living record that another entity's list showed, by the ids of its table: for what has no list of its own. */
export async function* ownerSlices(
  { db, entities }: SourceDeps,
  entity: Entity,
  run: Run,
  pace: Pace,
): AsyncGenerator<Slice> {
  const owner = entities.list().find((other) => other.list && other.read === entity.read)
  if (!owner) throw new TdsError('SYNC_NO_SOURCE', 'permanent', `Nothing lists the records of ${entity.name}`)
  const key = sql.ref(owner.id.column)
  yield* idSlices(entity, pace, run.position ?? '', async (after) => {
    const { rows } = await sql<{ id: string }>`
      select ${key} as id from ${sql.table(owner.name)} where deleted_at is null and ${key} > ${after} order by ${key} limit 100`.execute(
      db,
    )
    return rows.map((row) => row.id)
  })
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
    yield {
      fetched: ids.length,
      unchanged: 0,
      calls: 0,
      requests: ids.map((id) => ({ entityType: entity.name, sourceEntityId: id, lane: entity.lane, ...pace })),
      position: last,
    }
  }
}
