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
