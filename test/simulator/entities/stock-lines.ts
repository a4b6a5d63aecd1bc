import { withIds } from '../ids.ts'
import { type Fields, isFields, type Json, textOf } from '../json.ts'
import { quantityOf, unitsOf } from '../money.ts'
import type { World } from '../resource.ts'

export const linesOf = ({ line_items }: Fields): Fields[] =>
  Array.isArray(line_items) ? line_items.filter(isFields) : []

/** The lines of a stock document with ids, and with the names of the items where a test gave none. */
export function completeLines(fields: Fields, world: World): Fields[] {
  return withIds(linesOf(fields), 'line_item_id', world)
    .filter(isFields)
    .map((line) => ({ name: itemOf(line, world)?.name ?? '', ...line }))
}

export const itemOf = (line: Fields, { store }: World): Fields | undefined =>
  store.get('items', textOf(line.item_id))?.fields

/** Sum of a number over the lines, exact. */
export const sumOf = (lines: readonly Fields[], key: string): bigint =>
  lines.reduce((sum, line) => sum + unitsOf(line[key]), 0n)

export const quantitySum = (lines: readonly Fields[], key: string): Json => quantityOf(sumOf(lines, key))

/** A location of the organisation by its place in the list; "" where there are fewer. */
export const locationAt = ({ store }: World, index: number): string => store.all('locations')[index]?.id ?? ''

/** What a stock document says of its author. */
export const authorship: Fields = { created_by: 'Simulated Owner', last_modified_by: 'Simulated Owner' }
