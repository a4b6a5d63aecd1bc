import { type Fields, isAmount, type Json } from './json.ts'
import { errors, type JsonReply, ok } from './replies.ts'
import type { Resource, StoredRecord, Test, View, World } from './resource.ts'

/** What a fault may do to a list. */
export interface ListFault {
  readonly endless?: boolean
  /** Rows by which each further page starts too late (positive: rows are skipped) or too early (rows repeat). */
  readonly shift?: number
  readonly ignoreFilters?: boolean
}

/** Answers a list call. */
export type Listing = (resource: Resource, view: View, query: URLSearchParams, fault?: ListFault) => JsonReply

export function createListing(world: World): Listing {
  // A full run asks for the same order page after page; it is sorted once for each state of the store.
  const sorted = new Map<View, Map<string, { version: number; records: StoredRecord[] }>>()

  function ordered(resource: Resource, view: View, plan: Plan): StoredRecord[] {
    const ofView = sorted.get(view) ?? new Map()
    const known = ofView.get(plan.key)
    if (known?.version === world.store.version) return known.records
    const passed = world.store.all(resource.name).filter((record) => plan.tests.every((test) => test(record, world)))
    const unsorted = view.newestFirst ? passed.toReversed() : passed
    const records = plan.column === '' ? unsorted : sortBy(passed, plan, view, world)
    if (ofView.size > 20) ofView.clear()
    sorted.set(view, ofView.set(plan.key, { version: world.store.version, records }))
    return records
  }

  return (resource, view, query, fault = {}) => {
    const page = wholeNumber(query.get('page') ?? '1')
    const wanted = wholeNumber(query.get('per_page') ?? '200')
    if (page === undefined) return errors.badValue('page')
    if (wanted === undefined) return errors.badValue('per_page')
    const plan = planFor(view, fault.ignoreFilters ? pagingOnly(query) : query, world)
    if ('refused' in plan) return errors.badValue(plan.refused)
    const records = ordered(resource, view, plan)
    const perPage = view.paged ? Math.min(wanted, 200) : Math.max(1, records.length)
    const slice = slicePage(records, view.paged ? page : 1, perPage, fault)
    const rows = slice.records.map((record) => view.listRow(record, world))
    const head = page === 1 ? (view.head?.(query, world) ?? []) : []
    const context = view.reportName
      ? { page_context: pageContext(view, plan, { page, perPage, more: slice.more }) }
      : {}
    return ok({ [view.listKey]: [...head, ...rows], ...context })
  }
}

interface Plan {
  readonly key: string
  readonly tests: Test[]
  readonly appliedFilter: string
  /** "" keeps the order in which the records were made. */
  readonly column: string
  readonly order: 'A' | 'D'
}

/** Reads what this view honours from the query; everything else has no effect, as at Zoho. */
function planFor(view: View, query: URLSearchParams, world: World): Plan | { refused: string } {
  const tests: Test[] = []
  const used: string[] = []
  for (const [name, filter] of Object.entries(view.filters ?? {})) {
    const value = query.get(name)
    if (value === null || value === '') continue
    const test = filter(value, world)
    if (!test) return { refused: name }
    tests.push(test)
    used.push(`${name}=${value}`)
  }
  const asked = query.get('sort_column') ?? ''
  const column = view.sort?.columns.includes(asked) ? asked : (view.sort?.column ?? '')
  const order = (view.sort?.orderFixed ? undefined : orderOf(query.get('sort_order'))) ?? view.sort?.order ?? 'A'
  const filterBy = view.filters?.filter_by ? query.get('filter_by') : null
  const key = JSON.stringify([used, column, order])
  return { key, tests, appliedFilter: filterBy || (view.defaultFilter ?? ''), column, order }
}

function orderOf(value: string | null): 'A' | 'D' | undefined {
  if (value === 'A' || value === 'ascending') return 'A'
  return value === 'D' || value === 'descending' ? 'D' : undefined
}

function sortBy(records: StoredRecord[], plan: Plan, view: View, world: World): StoredRecord[] {
  const sign = plan.order === 'A' ? 1 : -1
  const keyed = records.map((record) => ({ record, key: sortKey(record, plan.column, view, world) }))
  keyed.sort((a, b) => sign * compare(a.key, b.key) || compare(a.record.id, b.record.id))
  return keyed.map(({ record }) => record)
}

function sortKey(record: StoredRecord, column: string, view: View, world: World): string | number {
  if (column === 'last_modified_time') return record.modifiedMs
  if (column === 'created_time') return record.createdMs
  const value: Json | undefined = column in record.fields ? record.fields[column] : view.listRow(record, world)[column]
  if (isAmount(value)) return Number(value.rawJSON)
  return typeof value === 'number' ? value : String(value ?? '').toLowerCase()
}

// Blanks come before numbers, as text does.
function compare(a: string | number, b: string | number): number {
  if (typeof a !== typeof b) return typeof a === 'string' ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

function slicePage(records: StoredRecord[], page: number, perPage: number, fault: ListFault) {
  const pages = Math.max(1, Math.ceil(records.length / perPage))
  const index = fault.endless ? (page - 1) % pages : page - 1
  const start = Math.max(0, index * perPage + index * (fault.shift ?? 0))
  const slice = records.slice(start, start + perPage)
  return { records: slice, more: fault.endless === true || start + perPage < records.length }
}

function pageContext(view: View, plan: Plan, at: { page: number; perPage: number; more: boolean }): Fields {
  const context: Fields = {
    page: at.page,
    per_page: at.perPage,
    has_more_page: at.more,
    report_name: view.reportName ?? '',
  }
  if (view.defaultFilter) Object.assign(context, { applied_filter: plan.appliedFilter, custom_fields: [] })
  if (plan.column !== '') Object.assign(context, { sort_column: plan.column, sort_order: plan.order })
  return context
}

const pagingOnly = (query: URLSearchParams) =>
  new URLSearchParams([...query].filter(([name]) => name === 'page' || name === 'per_page'))

function wholeNumber(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}
