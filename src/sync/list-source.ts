import { type Db, sql } from '../../db/index.ts'
import {
  type Entities,
  type Entity,
  type FieldContext,
  type JsonObject,
  type ListView,
  type MappedRow,
  mapDocument,
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
    const shown = page.rows.filter((row) => !list.skip?.(row))
    const records = shown.filter((row) => hasId(entity, row)).map((row) => mapDocument(entity, 'list', row, context))
    await reading.guard.check(records)
    const unchanged = await unchangedIds(deps.db, entity, records)
    const changed = records.filter((record) => !unchanged.has(record.sourceEntityId))
    const nameless = shown.length - records.length
    yield {
      // A page that shifted under our feet may show a record twice; it is one record.
      fetched: new Set(records.map((record) => record.sourceEntityId)).size + nameless,
      unchanged: unchanged.size,
      skipped: nameless,
      calls: page.calls,
      requests: lastOfEach(changed).map((record) => toRequest(entity, record, page, pace)),
      nextPage: page.page + 1,
      seen: records.map((record) => record.sourceEntityId),
      modifiedUntil: latestModified(records),
    }
  }
}

/** A row without its id names no record; it is counted as skipped and blocks none of its neighbours. */
const hasId = (entity: Entity, row: JsonObject): boolean =>
  entity.id.fields.some((field) => row[field] !== undefined && row[field] !== '' && row[field] !== null)

function lastOfEach(records: readonly MappedRow[]): MappedRow[] {
  return [...new Map(records.map((record) => [record.sourceEntityId, record])).values()]
}

function toRequest(entity: Entity, { sourceEntityId, document }: MappedRow, page: Page, pace: Pace): WorkRequest {
  return {
    entityType: entity.name,
    sourceEntityId,
    lane: entity.lane,
    ...pace,
    document: { source: 'list', readAt: page.readAt, text: storableJson(document) },
  }
}

function latestModified(records: readonly MappedRow[]): string | undefined {
  const times = records.flatMap(({ columns: { zoho_last_modified_at: at } }) => (typeof at === 'string' ? [at] : []))
  return times.toSorted((a, b) => Date.parse(b) - Date.parse(a))[0]
}

/** Rows that equal what the page shows, and for which nothing else is under way that could change that. */
async function unchangedIds(db: Db, entity: Entity, records: readonly MappedRow[]): Promise<Set<string>> {
  const input = records.map(({ sourceEntityId, hash }) => ({ id: sourceEntityId, hash }))
  const { rows } = await sql<{ id: string }>`
    select i.id
    from jsonb_to_recordset(${JSON.stringify(input)}::jsonb) as i(id text, hash text)
    join ${sql.table(entity.name)} t on t.${sql.ref(entity.id.column)} = i.id
    where t.deleted_at is null and t.hashes ->> 'list' = i.hash
      and not exists (select from tds_sync_queue_live q where q.entity_type = ${entity.name} and q.source_entity_id = i.id)`.execute(
    db,
  )
  return new Set(rows.map((row) => row.id))
}
