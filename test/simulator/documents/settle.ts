import { type Fields, textOf } from '../json.ts'
import { amountOf, unitsOf } from '../money.ts'
import type { Settling } from './kind.ts'
import { sum } from './sums.ts'

/**
 * Balance and status of a document by what has been paid, credited or written off. A draft or void one keeps its balance
 * equal to its total; one that is partly paid and late reads `overdue`. `today` is a date of the organisation.
 */
export function settle(document: Fields, settling: Settling, precision: number, today: string): Fields {
  const total = unitsOf(document.total, precision)
  const settled = sum(settling.by.map((key) => unitsOf(document[key], precision)))
  const status = textOf(document.status)
  const balance = status === 'draft' || status === 'void' ? total : total - settled
  return {
    balance: amountOf(balance, precision, precision),
    status: statusOf({ status, due: textOf(document.due_date) }, { balance, settled, today }, settling),
  }
}

// Open ones may also read so; Zoho does not say who sets the second.
const waiting = ['viewed', 'unpaid']

function statusOf(
  { status, due }: { status: string; due: string },
  { balance, settled, today }: { balance: bigint; settled: bigint; today: string },
  { open, closed, isDue }: Settling,
): string {
  if (status === 'draft' || status === 'void') return status
  if (balance <= 0n) return closed
  if (isDue && due !== '' && due < today) return 'overdue'
  if (isDue && settled > 0n) return 'partially_paid'
  return waiting.includes(status) ? status : open
}
