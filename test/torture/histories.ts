import fc from 'fast-check'
import type { Moment } from './gate.ts'

/**
 * What happens to a record. Numbers stand for choices: they are taken modulo what there is when the step is reached, so
 * that every part of a history still means something while fast-check makes it shorter.
 */
export interface Change {
  readonly kind: 'edit' | 'create' | 'delete' | 'recreate' | 'stock' | 'switch'
  readonly resource: Resource
  readonly pick: number
  readonly value: number
  /** Neither the modification time nor a webhook tells of it; only where Zoho itself has such changes. */
  readonly silent: boolean
}

export type Step =
  | { readonly do: 'change'; readonly change: Change }
  /** Two changes of one record within one second, with a reading between them or none. */
  | { readonly do: 'twice'; readonly change: Change; readonly next: number; readonly between: Between }
  | { readonly do: 'deliver'; readonly wait: boolean }
  | {
      readonly do: 'poll'
      readonly mode: 'incremental' | 'full' | 'sweep'
      readonly entity: number
      readonly wait: boolean
    }
  /** A change while a read is under way: before Zoho has made its answer, or after. */
  | { readonly do: 'inside'; readonly change: Change; readonly read: 'list' | 'detail'; readonly answered: boolean }
  | { readonly do: 'die'; readonly requests: number; readonly moment: Moment }
  /** All that is due now is done. */
  | { readonly do: 'breathe' }

export type Between = 'nothing' | 'webhook' | 'poll'

export interface History {
  /** Begins with an empty mirror instead of one that equals Zoho. */
  readonly empty: boolean
  readonly dropPercent: number
  readonly duplicatePercent: number
  readonly template: 'default' | 'numeric-ids' | 'json-string' | 'id-only'
  readonly steps: readonly Step[]
}

export const resources = [
  'items',
  'categories',
  'contacts',
  'pricebooks',
  'compositeitems',
  'salesorders',
  'purchaseorders',
  'invoices',
  'bills',
  'creditnotes',
  'customerpayments',
  'vendorpayments',
  'inventoryadjustments',
  'transferorders',
] as const
export type Resource = (typeof resources)[number]

const choice = fc.nat({ max: 999 })

/** Records that many others hang on change most. */
const resource = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Resource>('items', 'contacts', 'invoices', 'customerpayments') },
  { weight: 3, arbitrary: fc.constantFrom(...resources) },
)

const kind = fc.oneof(
  { weight: 5, arbitrary: fc.constant('edit' as const) },
  { weight: 2, arbitrary: fc.constant('create' as const) },
  { weight: 2, arbitrary: fc.constant('delete' as const) },
  { weight: 2, arbitrary: fc.constant('recreate' as const) },
  { weight: 1, arbitrary: fc.constant('stock' as const) },
  { weight: 1, arbitrary: fc.constant('switch' as const) },
)

const change: fc.Arbitrary<Change> = fc.record({
  kind,
  resource,
  pick: choice,
  value: choice,
  silent: fc.boolean(),
})

const edit: fc.Arbitrary<Change> = fc.record({
  kind: fc.constant('edit' as const),
  resource,
  pick: choice,
  value: choice,
  silent: fc.constant(false),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('change' as const), change }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('twice' as const),
      change: edit,
      next: choice,
      between: fc.constantFrom<Between>('nothing', 'webhook', 'poll'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), wait: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('poll' as const),
      mode: fc.constantFrom('incremental', 'incremental', 'full', 'sweep'),
      entity: choice,
      wait: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('inside' as const),
      change: fc.oneof(edit, change),
      read: fc.constantFrom('list', 'detail'),
      answered: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('die' as const),
      requests: fc.integer({ min: 1, max: 120 }),
      moment: fc.constantFrom<Moment>('unsent', 'sent', 'answered'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('breathe' as const) }) },
)

/** Model-free: a history says what happens, the simulator says what must be the end of it. */
export const histories: fc.Arbitrary<History> = fc.record({
  empty: fc.oneof({ weight: 1, arbitrary: fc.constant(true) }, { weight: 5, arbitrary: fc.constant(false) }),
  dropPercent: fc.constantFrom(5, 5, 0, 30, 100),
  duplicatePercent: fc.constantFrom(0, 20),
  template: fc.constantFrom<History['template']>('default', 'default', 'numeric-ids', 'json-string', 'id-only'),
  steps: fc.array(step, { minLength: 4, maxLength: 24, size: 'max' }),
})
