import {
  detailViewOf,
  type Entity,
  type Field,
  type FieldContext,
  listViewOf,
  type MappedRow,
  readFields,
} from '../../entities/index.ts'
import type { Tally } from './tally.ts'

type Columns = Readonly<Record<string, Field>>

/** Columns of Arabic text, by the name they have in every table. */
export const arabicColumnsOf = (entity: Entity): readonly string[] =>
  Object.keys(columnsOf(entity, listViewOf(entity))).filter(isArabic)

/**
 * Counts the Arabic texts that list rows carry. Where the list's silence is no answer, what the row shows is read as its
 * detail would be: an Arabic name is one without a custom field, too.
 */
export function countArabic(
  tally: Tally,
  entity: Entity,
  rows: readonly Pick<MappedRow, 'document'>[],
  context: FieldContext,
): void {
  const own = only(columnsOf(entity, listViewOf(entity)))
  const detail = only(columnsOf(entity, detailViewOf(entity)))
  const names = Object.keys(own)
  if (names.length === 0) return
  for (const { document } of rows) {
    const read = (columns: Columns) => readFields({ columns, keepsDocument: false }, document, context).columns
    const texts = { ...read(detail), ...read(own) }
    for (const name of names) {
      const counts = tally.arabic.get(name) ?? { source: 0, here: 0 }
      const isThere = texts[name] !== null && texts[name] !== undefined
      tally.arabic.set(name, { ...counts, source: counts.source + (isThere ? 1 : 0) })
    }
  }
}

const columnsOf = ({ views }: Entity, view: string): Columns => views[view]?.columns ?? {}

const isArabic = (column: string): boolean => column.endsWith('_ar')

const only = (columns: Columns): Columns =>
  Object.fromEntries(Object.entries(columns).filter(([name]) => isArabic(name)))
