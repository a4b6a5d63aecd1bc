import { type Fields, type Json, numberOf, textOf } from '../json.ts'
import { linesOf } from './lines.ts'

/** How far an order is with one thing, by the quantities of its lines. */
export type Progress = 'none' | 'some' | 'all'

export function progressOf(order: Fields, key: string): Progress {
  const lines = linesOf(order)
  const done = lines.map((line) => numberOf(line[key]))
  if (lines.length > 0 && lines.every(({ quantity }, index) => (done[index] ?? 0) >= numberOf(quantity))) return 'all'
  return done.some((quantity) => quantity > 0) ? 'some' : 'none'
}

/** Sum of a quantity over the lines, free of the noise of binary fractions. */
export const quantityOf = (order: Fields, key: string): number =>
  Number(
    linesOf(order)
      .reduce((total, line) => total + numberOf(line[key]), 0)
      .toFixed(6),
  )

/** draft, open, closed or void, whatever else the status says. */
export function orderStatus(status: Json | undefined): string {
  const text = textOf(status)
  if (text === 'draft' || text === 'void' || text === 'cancelled') return text
  return text === 'invoiced' || text === 'billed' || text === 'closed' ? 'closed' : 'open'
}
