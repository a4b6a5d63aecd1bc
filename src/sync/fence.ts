import type { MappedRow } from '../entities/index.ts'
import { TdsError } from '../errors.ts'

/**
 * Whether a page of a list that is read newest first has reached what is known: one of its rows is older than the fence.
 * @throws TdsError `ZOHO_FILTER_IGNORED` when the rows do not descend, or do not say when they were modified
 * @param column the one with the modification time of the source that was read
 */
export function reachesFence(records: readonly MappedRow[], fence: Date, column = 'zoho_last_modified_at'): boolean {
  let before = Number.POSITIVE_INFINITY
  for (const { columns, sourceEntityId } of records) {
    const at = modifiedMs(columns[column])
    if (!(at <= before)) {
      throw new TdsError('ZOHO_FILTER_IGNORED', 'transient', 'Zoho did not sort the list by modification time', {
        detail: { parameter: 'sort_column', row: sourceEntityId },
      })
    }
    before = at
  }
  // Rows of the fence's own second may not all be known.
  return before < fence.getTime()
}

/** NaN, which no comparison holds against, where there is no time. */
const modifiedMs = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : Number.NaN)
