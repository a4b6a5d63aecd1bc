import { type Db, sql } from '../../../db/index.ts'
import { type Entity, type FieldContext, type ListView, mapDocument } from '../../entities/index.ts'
import { listPages } from '../pages.ts'
import { compareRows } from './compare.ts'
import { countArabic, countValues, isArabicColumn, type Tally } from './tally.ts'
import type { VerifyDeps, VerifyOptions } from './types.ts'

/** Where an entity's list names pictures. */
const pictureColumn = 'image_document_id'
export const namesPictures = ({ views }: Entity): boolean => pictureColumn in (views.list?.columns ?? {})

/** Every page of the list against the rows here: what is missing, what differs, and at the end what is here too many. */
export async function compareList(
  deps: VerifyDeps,
  entity: Entity,
  list: ListView,
  tally: Tally,
  { signal, onProgress }: Pick<VerifyOptions, 'signal' | 'onProgress'>,
): Promise<number> {
  const context = await deps.fieldContext()
  const seen = new Set<string>()
  const pictured = new Set<string>()
  let calls = 0
  const request = { fromPage: 1, isBulk: true, purpose: `${entity.name}.verify`, signal }
  for await (const page of listPages(deps, entity, list, request)) {
    calls += page.calls
    const mapped = mapPage(entity, list, page.rows, context).filter(({ sourceEntityId }) => !seen.has(sourceEntityId))
    for (const row of mapped) {
      seen.add(row.sourceEntityId)
      if (row.columns[pictureColumn]) pictured.add(row.sourceEntityId)
    }
    countArabic(tally, mapped)
    tally.values += countValues(mapped)
    for (const difference of await compareRows(deps.db, entity, 'list', mapped)) {
      tally.suspects.set(difference.source_entity_id, difference)
    }
    onProgress?.({ entity: entity.name, done: seen.size, expected: undefined })
  }
  tally.source = seen.size
  tally.listed = seen.size
  if (namesPictures(entity)) tally.picturesAtSource = pictured.size
  for (const id of await unseen(deps.db, entity, seen, tally.startedAt)) {
    tally.suspects.set(id, { kind: 'extra', source_entity_id: id })
  }
  await countHere(deps.db, entity, tally)
  return calls
}

function mapPage(
  entity: Entity,
  list: ListView,
  rows: readonly Parameters<typeof mapDocument>[2][],
  context: FieldContext,
) {
  const mapped = rows.filter((row) => !list.skip?.(row)).map((row) => mapDocument(entity, 'list', row, context))
  return [...new Map(mapped.map((row) => [row.sourceEntityId, row])).values()]
}

/** Living rows that were read before this began and that the list did not show. */
async function unseen(db: Db, entity: Entity, seen: ReadonlySet<string>, startedAt: string): Promise<string[]> {
  const key = sql.ref(entity.id.column)
  const found: string[] = []
  for (let after = ''; ; ) {
    const { rows } = await sql<{ id: string }>`
      select ${key} as id from ${sql.table(entity.name)}
      where deleted_at is null and zoho_read_at < ${startedAt}::timestamptz and ${key} > ${after}
      order by ${key} limit 5000`.execute(db)
    found.push(...rows.map(({ id }) => id).filter((id) => !seen.has(id)))
    const last = rows.at(-1)
    if (!last) return found
    after = last.id
  }
}

export async function countHere(db: Db, entity: Entity, tally: Tally): Promise<void> {
  const columns = Object.keys(entity.views.list?.columns ?? {}).filter(isArabicColumn)
  const counts = ['*', ...columns].map((column) =>
    column === '*' ? sql`count(*) as "*"` : sql`count(${sql.ref(column)}) as ${sql.ref(column)}`,
  )
  const { rows } = await sql<Record<string, number>>`
    select ${sql.join(counts, sql`, `)} from ${sql.table(entity.name)} where deleted_at is null`.execute(db)
  tally.here = rows[0]?.['*'] ?? 0
  for (const column of columns) {
    tally.arabic.set(column, { source: tally.arabic.get(column)?.source ?? 0, here: rows[0]?.[column] ?? 0 })
  }
}
