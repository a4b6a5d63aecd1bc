import type { Db } from '../../db/index.ts'
import {
  type Entity,
  type FieldContext,
  type JsonObject,
  type ListView,
  listViewOf,
  type MappedRow,
  mapDocument,
  modifiedAtColumnOf,
} from '../entities/index.ts'
import type { WorkRequest } from '../queue/index.ts'
import { storableJson } from '../runtime/index.ts'
import type { Page } from '../zoho/index.ts'
import { reachesFence } from './fence.ts'
import type { MassChangeGuard } from './guard.ts'
import { listPages } from './pages.ts'
import { chooseReading, disproved, type Reading } from './reading.ts'
import { startOver } from './runs.ts'
import { type SelfTestDeps, verdictsOf } from './self-test.ts'
import type { Pace, Run, Slice } from './types.ts'
import { unchangedIds } from './unchanged.ts'
import { freshVerdicts, keepVerdict } from './verdicts.ts'

export interface SourceDeps extends SelfTestDeps {
  readonly db: Db
  readonly fieldContext: () => Promise<FieldContext>
}

export interface ListTask {
  readonly run: Run
  readonly guard: MassChangeGuard
  readonly pace: Pace
  readonly signal: AbortSignal
  /** Only what changed since; otherwise everything. */
  readonly since?: Date | undefined
}

/**
 * The list's pages, read in the cheapest way that Zoho honours. Where it turns out not to, that is remembered and the
 * run begins anew in the next way; what it enqueued until then is simply asked for twice.
 */
export async function* listSlices(
  deps: SourceDeps,
  entity: Entity,
  list: ListView,
  task: ListTask,
): AsyncGenerator<Slice> {
  const { run, since, signal } = task
  const honoured = new Map(
    since ? await verdictsOf(deps, entity, list, signal) : await freshVerdicts(deps.db, entity.name),
  )
  const choose = () => chooseReading(list, since, (parameter) => honoured.get(parameter) ?? true)
  let reading = choose()
  let fromPage = run.strategy === reading.strategy ? run.next_page : 1
  while (true) {
    try {
      yield* pagesIn(deps, entity, list, task, reading, fromPage)
      return
    } catch (error) {
      const parameter = disproved(reading, error)
      if (parameter === undefined) throw error
      honoured.set(parameter, false)
      await forget(deps, entity, run, parameter)
    }
    reading = choose()
    fromPage = 1
  }
}

/** The verdict and the new beginning are one step: a crash between them would go on in the middle of another order. */
async function forget({ db, log }: SourceDeps, entity: Entity, run: Run, parameter: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await keepVerdict(
      tx,
      { entity_type: entity.name, parameter, honoured: false, detail: `not honoured in run ${run.id}` },
      log,
    )
    await startOver(tx, run)
  })
}

async function* pagesIn(
  deps: SourceDeps,
  entity: Entity,
  list: ListView,
  task: ListTask,
  reading: Reading,
  fromPage: number,
): AsyncGenerator<Slice> {
  const context = await deps.fieldContext()
  const { pace, signal } = task
  const purpose = `${entity.name}.list`
  for await (const page of listPages(deps, entity, list, { reading, fromPage, isBulk: pace.isBulk, purpose, signal })) {
    const shown = page.rows.filter((row) => !list.skip?.(row) && (entity.accepts?.(row) ?? true))
    const records = shown
      .filter((row) => hasId(entity, row))
      .map((row) => mapDocument(entity, listViewOf(entity), row, context))
    const isLast =
      reading.strategy === 'fence' && reading.since && reachesFence(records, reading.since, modifiedAtColumnOf(entity))
    await task.guard.check(records)
    yield await toSlice(deps.db, entity, task, reading, { page, records, nameless: shown.length - records.length })
    if (isLast) return
  }
}

interface ListPage {
  readonly page: Page
  readonly records: readonly MappedRow[]
  /** Rows without an id: they name no record and block none of their neighbours. */
  readonly nameless: number
}

/** Each row either equals its table row (nothing to do) or is a document for the writer. */
async function toSlice(
  db: Db,
  entity: Entity,
  { run, pace }: ListTask,
  { strategy }: Reading,
  { page, records, nameless }: ListPage,
): Promise<Slice> {
  // A page that shifted under our feet may show a record twice; it is one record.
  const distinct = [...new Map(records.map((record) => [record.sourceEntityId, record])).values()]
  const unchanged = await unchangedIds(db, entity, distinct)
  const changed = distinct.filter((record) => !unchanged.has(record.sourceEntityId))
  // What a sweep finds changed is as live as an edit: few records, and whoever reads them waits for them.
  const itemPace = run.mode === 'sweep' ? { ...pace, isBulk: false } : pace
  return {
    fetched: distinct.length + nameless,
    unchanged: unchanged.size,
    skipped: nameless,
    listed: distinct.length,
    calls: page.calls,
    requests: changed.map((record) => toRequest(entity, record, page, itemPace)),
    strategy,
    nextPage: page.page + 1,
    ...(run.mode === 'full' && { seen: distinct.map((record) => record.sourceEntityId) }),
    modifiedUntil: latestModified(entity, distinct),
  }
}

const hasId = (entity: Entity, row: JsonObject): boolean =>
  entity.id.fields.some((field) => row[field] !== undefined && row[field] !== '' && row[field] !== null)

function toRequest(entity: Entity, { sourceEntityId, document }: MappedRow, page: Page, pace: Pace): WorkRequest {
  return {
    entityType: entity.name,
    sourceEntityId,
    lane: entity.lane,
    ...pace,
    document: { source: listViewOf(entity), readAt: page.readAt, text: storableJson(document) },
  }
}

function latestModified(entity: Entity, records: readonly MappedRow[]): string | undefined {
  const column = modifiedAtColumnOf(entity)
  const times = records.flatMap(({ columns: { [column]: at } }) => (typeof at === 'string' ? [at] : []))
  return times.toSorted((a, b) => Date.parse(b) - Date.parse(a))[0]
}
