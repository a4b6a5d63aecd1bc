import { type Db, sql } from '../../../db/index.ts'
import { documentId, type Entity, type JsonObject, type ListView, listViewOf, tableOf } from '../../entities/index.ts'
import { listPages } from '../pages.ts'
import { wholeReading } from '../verdicts.ts'
import { arabicColumnsOf, countArabic } from './arabic.ts'
import { compareDocuments, documentsOf, hasId } from './documents.ts'
import { isOurs } from './due.ts'
import { createSeen, type Seen } from './seen.ts'
import { noteFindings, type Tally } from './tally.ts'
import type { Verification } from './verification.ts'

/** Where an entity's list names pictures. */
const pictureColumn = 'image_document_id'

const listColumns = (entity: Entity) => entity.views[listViewOf(entity)]?.columns ?? {}

/** A second source may name them as well; the owner of the rows is asked. */
export const namesPictures = (entity: Entity): boolean => !entity.joins && pictureColumn in listColumns(entity)

/** Every page of the list against the rows here: what is missing, what differs, and at the end what is here too many. */
export async function compareList(
  verification: Verification,
  entity: Entity,
  list: ListView,
  tally: Tally,
): Promise<void> {
  const seen = createSeen(verification.deps.db)
  try {
    await comparePages(verification, entity, list, { tally, seen })
    // The rows of a second source come and go with their owner's.
    if (!entity.joins)
      for await (const ids of seen.unseen(entity, tally.startedAt))
        for (const id of ids) tally.suspects.unlisted.add(id)
  } finally {
    await seen.forget()
  }
  await countHere(verification.deps.db, entity, tally)
}

async function comparePages(
  verification: Verification,
  entity: Entity,
  list: ListView,
  { tally, seen }: { tally: Tally; seen: Seen },
): Promise<void> {
  const { deps, options, context, spent } = verification
  const { signal, onProgress } = options
  const reading = await wholeReading(deps.db, entity, list)
  const request = { reading, fromPage: 1, isBulk: true, purpose: `${entity.name}.verify`, signal }
  let pictured = 0
  let nameless = 0
  for await (const page of listPages(deps, entity, list, request)) {
    spent.calls += page.calls
    const rows = rowsOf(entity, list, page.rows)
    nameless += page.rows.filter((row) => !list.skip?.(row) && !hasId(entity, row)).length
    const fresh = await seen.add(rows.map((row) => documentId(entity, row)))
    const unseen = rows.filter((row) => fresh.has(documentId(entity, row)))
    const compared = await compareDocuments(verification, entity, listViewOf(entity), unseen, tally)
    tally.listed += compared.mapped.length
    tally.values += compared.values
    pictured += compared.mapped.filter(({ columns }) => columns[pictureColumn]).length
    countArabic(tally, entity, compared.mapped, context)
    for (const { source_entity_id } of compared.differences) tally.suspects.listed.add(source_entity_id)
    onProgress?.({ entity: entity.name, done: tally.listed, expected: undefined })
  }
  tally.source = tally.listed
  if (nameless > 0) noteNameless(tally, nameless)
  if (namesPictures(entity)) tally.picturesAtSource = pictured
}

function noteNameless(tally: Tally, count: number): void {
  noteFindings(tally, [
    {
      check: 'nameless',
      severity: 'warning',
      source_entity_id: '',
      expected: 'an id in every list row',
      found: `${count} without`,
      message: `${count} list row(s) carry no id and cannot be compared`,
    },
  ])
}

/** The rows of a page that are records of this entity. */
export const rowsOf = (entity: Entity, list: ListView, rows: readonly JsonObject[]): JsonObject[] =>
  documentsOf(entity, rows).filter((row) => !list.skip?.(row))

export async function countHere(db: Db, entity: Entity, tally: Tally): Promise<void> {
  const columns = arabicColumnsOf(entity)
  const counts = ['*', ...columns].map((column) =>
    column === '*' ? sql`count(*) as "*"` : sql`count(${sql.ref(column)}) as ${sql.ref(column)}`,
  )
  const { rows } = await sql<Record<string, number>>`
    select ${sql.join(counts, sql`, `)} from ${sql.table(tableOf(entity))} where ${isOurs(entity)}`.execute(db)
  tally.here = rows[0]?.['*'] ?? 0
  for (const column of columns) {
    tally.arabic.set(column, { source: tally.arabic.get(column)?.source ?? 0, here: rows[0]?.[column] ?? 0 })
  }
}
