import { textOf } from '../json.ts'
import { equals, type Filter, named, type Test } from '../resource.ts'
import { linesOf } from './lines.ts'

/** Records whose date or time falls on a day; text that is no date is refused. */
export const onDate = (field = 'date'): Filter => dateFilter(field, (date, value) => date === value)

/** `date`, `date_start`, `date_end`, `date_before`, `date_after` over a date or time. */
export function dateFilters(name = 'date', field = name): Record<string, Filter> {
  return {
    [name]: onDate(field),
    [`${name}_start`]: dateFilter(field, (date, value) => date >= value),
    [`${name}_end`]: dateFilter(field, (date, value) => date <= value),
    [`${name}_before`]: dateFilter(field, (date, value) => date < value),
    [`${name}_after`]: dateFilter(field, (date, value) => date > value),
  }
}

const dateFilter =
  (field: string, passes: (date: string, value: string) => boolean): Filter =>
  (value) =>
    /^\d{4}-\d\d-\d\d$/.test(value) ? ({ fields }) => passes(textOf(fields[field]).slice(0, 10), value) : undefined

/** `filter_by=Status.Draft` and the like, and `status=draft`. */
export function statusFilters(statuses: readonly string[]): Record<string, Filter> {
  const tests: Record<string, Test> = { 'Status.All': () => true }
  for (const status of statuses) tests[`Status.${camel(status)}`] = ({ fields }) => fields.status === status
  return { filter_by: named(tests), status: equals('status') }
}

/** Documents with a line of an item, or with an entry of a list that names an id. */
export const mentions =
  (field: string, list = 'line_items'): Filter =>
  (value) =>
  ({ fields }) =>
    linesOf(fields, list).some((line) => textOf(line[field]) === value)

// partially_paid is PartiallyPaid.
const camel = (status: string): string =>
  status
    .split('_')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('')
