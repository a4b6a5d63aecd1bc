import type { AnyDb } from './any-db.ts'
import { introspect, type Schema } from './introspect.ts'
import { expectedSchema } from './schema.ts'

/**
 * What the live database lacks or has otherwise than the code expects, in words; empty when all is there. Tables,
 * views, columns and indexes that others added are no difference. Predicates of indexes are only compared for being
 * there, since PostgreSQL versions word them differently.
 */
export async function schemaDifferences(db: AnyDb, expected: Schema = expectedSchema): Promise<string[]> {
  const live = await introspect(db)
  return [
    ...columnDifferences('table', live.tables, expected.tables),
    ...columnDifferences('view', live.views, expected.views),
    ...partitionDifferences(live, expected),
    ...indexDifferences(live, expected),
  ]
}

function columnDifferences(kind: 'table' | 'view', live: Schema['tables'], expected: Schema['tables']): string[] {
  return Object.entries(expected).flatMap(([name, columns]) => {
    const found = live[name]
    if (!found) return [`${kind} ${name} is missing`]
    return Object.entries(columns).flatMap(([column, words]) => {
      const is = found[column]
      if (is === undefined) return [`${kind} ${name} lacks column ${column} (${words})`]
      return is === words ? [] : [`column ${column} of ${kind} ${name} is "${is}" instead of "${words}"`]
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
