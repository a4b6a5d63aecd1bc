import { type Db, sql } from '../../../db/index.ts'
import {
  documentId,
  type Entity,
  type FieldContext,
  type JsonObject,
  mapDocument,
  type ReadPlan,
} from '../../entities/index.ts'
import { compareRows } from './compare.ts'
import { compareSets } from './compare-sets.ts'
import { readDetails } from './read-again.ts'
import { countValues, type Tally } from './tally.ts'
import type { Difference, VerifyDeps, VerifyOptions } from './types.ts'

type BulkPlan = ReadPlan & { kind: 'bulk' }

/** Fresh details of some or all records against the rows of every chosen entity they feed. One read serves all of them. */
export async function compareDetails(
  deps: VerifyDeps,
  plan: BulkPlan,
  tallies: ReadonlyMap<string, Tally>,
  options: VerifyOptions,
): Promise<number> {
  const chosen = plan.feeds.flatMap((name) => (tallies.has(name) ? deps.entities.get(name) : []))
  const owner = deps.entities.list().find((entity) => entity.list && entity.read === plan)
  if (chosen.length === 0 || !owner) return 0
  const context = await deps.fieldContext()
  let calls = 0
  let done = 0
  for await (const ids of idChunks(deps.db, owner, plan.size, options)) {
    const { documents, calls: made } = await readDetails(deps, owner, plan, ids, options.signal)
    calls += made
    done += ids.length
    for (const entity of chosen) {
      const tally = tallies.get(entity.name)
      if (!tally) continue
      const compared = await compareDocuments(deps.db, entity, documents, context)
      tally.detailed += documents.length
      tally.values += compared.values
      if (entity.set && options.everyField) tally.source = (tally.source ?? 0) + compared.rows
      for (const difference of compared.differences) note(tally, difference)
      options.onProgress?.({ entity: entity.name, done, expected: undefined })
    }
  }
  return calls
}

/** What the list already said of a record stays; a detail that differs as well only adds its fields. */
function note({ suspects }: Tally, difference: Difference): void {
  if (!suspects.has(difference.source_entity_id)) suspects.set(difference.source_entity_id, difference)
}

export interface DocumentsComparison {
  readonly differences: readonly Difference[]
  /** Rows of ours these documents stand for. */
  readonly rows: number
  readonly values: number
}

export async function compareDocuments(
  db: Db,
  entity: Entity,
  documents: readonly JsonObject[],
  context: FieldContext,
  view = 'detail',
): Promise<DocumentsComparison> {
  if (entity.set) return compareSets(db, entity, entity.set, documents, context)
  const byId = new Map(documents.map((document) => [documentId(entity, document), document]))
  const mapped = [...byId.values()].map((document) => mapDocument(entity, view, document, context))
  const differences = await compareRows(db, entity, view, mapped)
  return { differences, rows: mapped.length, values: countValues(mapped) }
}

/** All living ids in their order, or a random sample, a call's worth at a time. */
async function* idChunks(
  db: Db,
  owner: Entity,
  size: number,
  { everyField = false, sample = 20 }: VerifyOptions,
): AsyncGenerator<readonly string[]> {
  const key = sql.ref(owner.id.column)
  const table = sql.table(owner.name)
  if (!everyField) {
    const { rows } = await sql<{ id: string }>`
      select ${key} as id from ${table} where deleted_at is null order by random() limit ${sample}`.execute(db)
    const ids = rows.map((row) => row.id)
    for (let from = 0; from < ids.length; from += size) yield ids.slice(from, from + size)
    return
  }
  for (let after = ''; ; ) {
    const { rows } = await sql<{ id: string }>`
      select ${key} as id from ${table} where deleted_at is null and ${key} > ${after} order by ${key} limit ${size}`.execute(
      db,
    )
    const last = rows.at(-1)
    if (!last) return
    after = last.id
    yield rows.map((row) => row.id)
  }
}
