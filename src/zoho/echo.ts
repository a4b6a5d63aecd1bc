import type { JsonObject, JsonValue } from '../../db/index.ts'
import { isJsonObject } from './envelope.ts'
import { zohoError } from './errors.ts'
import type { ListEndpoint } from './types.ts'

type Query = Readonly<Record<string, string>>

/**
 * Zoho ignores what it does not honour and answers 200; `page_context` says what it did. Compared are the page itself,
 * the order, and `filter_by` where the endpoint declares it.
 * @throws TdsError `ZOHO_FILTER_IGNORED`
 */
export function verifyEcho(
  context: JsonValue | undefined,
  { endpoint, query, expectSort }: { endpoint: ListEndpoint; query: Query; expectSort: boolean },
): void {
  if (!isJsonObject(context)) return
  const asked = [
    ['page', 'page'],
    ['per_page', 'per_page'],
    ...(expectSort ? [sortColumn, sortOrder] : []),
    ...(endpoint.filters?.includes('filter_by') ? [filterBy] : []),
  ] as const
  for (const [parameter, echo] of asked) {
    const wanted = query[parameter]
    const applied = context[echo]
    if (wanted === undefined || sameValue(wanted, applied, parameter)) continue
    throw zohoError('ZOHO_FILTER_IGNORED', endpoint, { detail: { parameter, asked: wanted, applied: applied ?? null } })
  }
}

const sortColumn = ['sort_column', 'sort_column'] as const
const sortOrder = ['sort_order', 'sort_order'] as const
const filterBy = ['filter_by', 'applied_filter'] as const

function sameValue(wanted: string, applied: JsonValue | undefined, parameter: string): boolean {
  if (typeof applied !== 'string' && typeof applied !== 'number') return false
  // `ascending` is answered with `A`.
  if (parameter === 'sort_order') return wanted.charAt(0).toUpperCase() === String(applied).charAt(0).toUpperCase()
  return wanted === String(applied)
}

/**
 * No echo tells whether `last_modified_time` was applied, but the rows do: one that is older was not asked for.
 * @throws TdsError `ZOHO_FILTER_IGNORED`
 */
export function verifyRows(
  rows: readonly JsonObject[],
  { endpoint, query }: { endpoint: ListEndpoint; query: Query },
): void {
  const since = query.last_modified_time
  if (since === undefined || !endpoint.filters?.includes('last_modified_time')) return
  const sinceMs = instant(since)
  const older = rows.find((row) => instant(row.last_modified_time) < sinceMs)
  if (!older) return
  const detail = { parameter: 'last_modified_time', asked: since, applied: String(older.last_modified_time) }
  throw zohoError('ZOHO_FILTER_IGNORED', endpoint, { detail })
}

/** Milliseconds of `2026-06-09T13:15:33-0400`; NaN for anything else, which no comparison holds against a row. */
function instant(value: JsonValue | undefined): number {
  return typeof value === 'string' ? Date.parse(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) : Number.NaN
}
