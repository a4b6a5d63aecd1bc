import type { ListView } from '../entities/index.ts'
import { TdsError } from '../errors.ts'
import type { Strategy } from './types.ts'

/** One way to read a list: what is asked of Zoho, and what that takes for granted. */
export interface Reading {
  readonly strategy: Strategy
  readonly query: Readonly<Record<string, string>>
  /** The parameter each of these was sent for; an error that names the key means that the value is not honoured. */
  readonly assumed: Readonly<Record<string, string>>
  /** Rows older than this are known. */
  readonly since?: Date
}

/** Under this name it is remembered whether a list can be sorted by a column. */
const sorting = (column: string): string => `sort_column=${column}`

/**
 * The cheapest way to read what changed since then (or everything), of those the list is not known to ignore. The last
 * resort, the whole list in Zoho's own order, takes nothing for granted.
 */
export function chooseReading(
  list: ListView,
  since: Date | undefined,
  isHonoured: (parameter: string) => boolean,
): Reading {
  const { modifiedSince, fence, stableSort } = list
  const sortBy = (column: string | undefined, order: 'A' | 'D') =>
    column !== undefined && isHonoured(sorting(column))
      ? { query: { sort_column: column, sort_order: order }, assumed: { sort_column: sorting(column) } }
      : undefined
  if (since && modifiedSince && isHonoured(modifiedSince.parameter)) {
    const { parameter, sort = stableSort } = modifiedSince
    const sorted = sortBy(sort, 'A')
    return {
      strategy: 'filter',
      query: { [parameter]: zohoTime(since), ...sorted?.query },
      assumed: { [parameter]: parameter, ...sorted?.assumed },
      since,
    }
  }
  const fenced = since && sortBy(fence, 'D')
  if (fenced) return { strategy: 'fence', ...fenced, since }
  const sorted = sortBy(stableSort, 'A')
  return { strategy: 'list', query: {}, assumed: {}, ...sorted }
}

/** What this reading took for granted and the reply disproved; undefined for every other error. */
export function disproved(reading: Reading, error: unknown): string | undefined {
  if (!(error instanceof TdsError) || error.code !== 'ZOHO_FILTER_IGNORED') return undefined
  const { parameter } = error.detail
  return reading.assumed[parameter === 'sort_order' ? 'sort_column' : String(parameter)]
}

/** `YYYY-MM-DDTHH:MM:SS+0000`: seconds, and an offset without a colon; a `Z` is refused. */
export const zohoTime = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, '+0000')
