import type { AnyDb } from './any-db.ts'
import { introspect, type Schema } from './introspect.ts'
import { expectedSchema } from './schema.ts'

/**
 * What the live database lacks or has otherwise than the code expects, in words; empty when all is there. Tables,
 * columns and indexes that others added are no difference. Predicates of indexes are only compared for being there,
 * since PostgreSQL versions word them differently.
 */
export async function schemaDifferences(db: AnyDb, expected: Schema = expectedSchema): Promise<string[]> {
  const live = await introspect(db)
  return [
    ...tableDifferences(live, expected),
    ...partitionDifferences(live, expected),
    ...indexDifferences(live, expected),
  ]
}

function tableDifferences(live: Schema, expected: Schema): string[] {
  return Object.entries(expected.tables).flatMap(([table, columns]) => {
    const found = live.tables[table]
    if (!found) return [`table ${table} is missing`]
    return Object.entries(columns).flatMap(([column, words]) => {
      const is = found[column]
      if (is === undefined) return [`table ${table} lacks column ${column} (${words})`]
      return is === words ? [] : [`column ${column} of table ${table} is "${is}" instead of "${words}"`]
    })
  })
}

function partitionDifferences(live: Schema, expected: Schema): string[] {
  return Object.entries(expected.partitions)
    .filter(([partition, table]) => live.partitions[partition] !== table)
    .map(([partition, table]) => `table ${table} lacks its partition ${partition}`)
}

function indexDifferences(live: Schema, expected: Schema): string[] {
  return Object.entries(expected.indexes).flatMap(([index, words]) => {
    const is = live.indexes[index]
    if (is === undefined) return [`index ${index} is missing: ${words}`]
    return withoutPredicate(is) === withoutPredicate(words) ? [] : [`index ${index} is "${is}" instead of "${words}"`]
  })
}

function withoutPredicate(words: string): string {
  return words.replace(/ where .*$/, ' where …')
}
