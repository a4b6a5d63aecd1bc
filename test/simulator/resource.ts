import type { Fields, Json } from './json.ts'
import type { Product } from './limits.ts'
import type { Settings } from './options.ts'
import type { Random } from './random.ts'
import type { Kind, StoredRecord } from './record.ts'
import type { Store } from './store.ts'
import type { OrganisationTime } from './time.ts'

export type { Kind, PlaceStock, StoredRecord } from './record.ts'

/** What the views and seeds of all resources share. */
export interface World {
  readonly settings: Settings
  readonly time: OrganisationTime
  readonly store: Store
  /** A stream of its own for each use, so that adding a resource moves no other. */
  random(name: string): Random
  /** The next 19-digit id. */
  nextId(): string
  /** The organisation's time; while seeding, the anchor. */
  now(): number
}

/** Everything the simulator knows of one entity: adding one is one file in entities/. */
export interface Resource {
  /** Name in the store and in the control API. */
  readonly name: string
  readonly idField: string
  /** Singular, as in "Item does not exist." */
  readonly label: string
  readonly webhook?: WebhookRule
  readonly views: Partial<Record<Product, View>>
  /** Its records are those of another resource that pass a test: one record, shown in two ways. */
  readonly among?: Kind
  /** Fields of a record that a test creates, before its own are laid over. */
  readonly blank?: Fields
  /**
   * Completes the fields of a record that a test created or changed: ids of new lines, totals. `given` is what the test
   * named itself. Its result is kept.
   */
  prepare?(fields: Fields, world: World, given: Fields): Fields
  /** What its creation (nothing before), change or deletion (nothing after) does to other records. */
  effects?(before: Fields | undefined, after: Fields | undefined, world: World): Effect[]
  seed(world: World): StoredRecord[]
}

/** Fields that another record gets: a payment moves the invoices it pays, their modification times and webhooks. */
export interface Effect {
  readonly resource: string
  readonly id: string
  readonly fields: Fields
}

export interface WebhookRule {
  /** Last part of the URL; it may depend on the record. */
  readonly module: string | ((record: StoredRecord) => string)
  /** Key of the document in the body. */
  readonly envelope: string
  /** Whose detail is the document. Default Inventory's, else Books'. */
  readonly product?: Product
}

/** How one product shows a resource. */
export interface View {
  readonly path: string
  readonly listKey: string
  /** Without it there is no detail call. */
  readonly detailKey?: string
  /** Whether the list has pages; without, all rows come at once. */
  readonly paged: boolean
  /** Without it the reply has no page_context. */
  readonly reportName?: string
  readonly needsOrganization?: boolean
  readonly defaultFilter?: string
  readonly sort?: Sorting
  /** Without a sort: the latest record first, instead of the first one made. */
  readonly newestFirst?: boolean
  /** Filters that work here. Every other parameter is ignored in silence, as Zoho does. */
  readonly filters?: Readonly<Record<string, Filter>>
  readonly bulk?: { readonly path: string; readonly parameter: string; readonly most: number; readonly paged: boolean }
  readonly image?: boolean
  /** False: this organisation answers 404 here. */
  enabled?(settings: Settings): boolean
  listRow(record: StoredRecord, world: World): Fields
  detail?(record: StoredRecord, world: World): Fields
  /** Rows put before the first page. */
  head?(query: URLSearchParams, world: World): Fields[]
}

export interface Sorting {
  readonly columns: readonly string[]
  readonly column: string
  readonly order: 'A' | 'D'
  /** True: `sort_order` is ignored in silence. */
  readonly orderFixed?: boolean
}

export type Test = (record: StoredRecord, world: World) => boolean
/** Reads a filter's value; undefined means Zoho refuses the value. */
export type Filter = (value: string, world: World) => Test | undefined

/** Rows modified at or after a stamp. */
export const modifiedSince: Filter = (value, { time }) => {
  const since = time.parse(value)
  return since === undefined ? undefined : (record) => record.modifiedMs >= since
}

/** Rows whose field equals the value. */
export const equals =
  (field: string): Filter =>
  (value) =>
  ({ fields }) =>
    String(fields[field] ?? '') === value

/** Rows in which one of the fields contains the value. */
export const contains =
  (...names: string[]): Filter =>
  (value) =>
  ({ fields }) =>
    names.some((name) =>
      String(fields[name] ?? '')
        .toLowerCase()
        .includes(value.toLowerCase()),
    )

/** `filter_by` with a fixed list of names. */
export const named =
  (tests: Readonly<Record<string, Test>>): Filter =>
  (value) =>
    tests[value]

/** A copy without some keys. */
export function without(fields: Fields, keys: ReadonlySet<string>): Fields {
  const kept: { [key: string]: Json } = {}
  for (const key in fields) if (!keys.has(key)) kept[key] = fields[key] ?? ''
  return kept
}
