import type { Product } from '../../zoho/index.ts'
import type { Mode } from '../types.ts'

/** A product's calls of the day, as far as they are known. */
export interface Day {
  readonly limit: number
  readonly used: number
  readonly left: number
  readonly resetsAt: Date | null
}

/** Documents of an entity that still have to be read. */
export interface Demand {
  readonly entity: string
  readonly product: Product
  readonly pending: number
  /** Of these, how many the queue holds already. */
  readonly queued: number
  /** Documents one call brings. */
  readonly perCall: number
  /** Dates of the oldest and the newest of them. */
  readonly oldest: string | null
  readonly newest: string | null
}

/** What a task of the timetable takes. */
export interface TaskCost {
  readonly name: string
  readonly entity: string | null
  readonly mode: TaskMode
  /** Calls of one run, by product. */
  readonly calls: Readonly<Record<Product, number>>
  /** Seconds between two runs, as the timetable says. */
  readonly everySeconds: number
}

export type TaskMode = Mode | 'verify' | 'validate' | 'self-test'

export interface PlanInput {
  readonly now: Date
  /** IANA name: finish dates are days of the organisation. */
  readonly timeZone: string
  /** Calls a minute that both products share. */
  readonly perMinute: number
  /** Share of each day that only live work may use. */
  readonly reserveShare: number
  /** While history waits, this share of each day is kept for it before the timetable gets what it wants. */
  readonly backfillShare: number
  readonly days: Readonly<Record<Product, Day>>
  /** In the order of a full sync. */
  readonly demands: readonly Demand[]
  readonly tasks: readonly TaskCost[]
}

export interface Plan {
  readonly products: Readonly<Record<Product, ProductPlan>>
  readonly entities: readonly EntityPlan[]
  readonly timetable: readonly TaskPlan[]
}

export interface ProductPlan {
  readonly day_limit: number
  readonly day_used: number
  readonly day_left: number
  readonly resets_at: Date | null
  /** Calls of each day kept for live work. */
  readonly reserve: number
  /** Calls a day of the timetable, stretched as it is. */
  readonly timetable: number
  /** Calls a day that are left for the backfill. */
  readonly backfill: number
  /** By how much incremental runs and sweeps are rarer than the timetable says; 1 where it fits. */
  readonly stretch: number
}

export interface EntityPlan {
  readonly entity: string
  readonly product: Product
  readonly pending: number
  readonly queued: number
  readonly oldest: string | null
  readonly newest: string | null
  /** Documents a day, from tomorrow on. */
  readonly share_per_day: number
  /** Documents that may be read in the next ten minutes. */
  readonly allowed_now: number
  /** Day of the organisation on which the last of them is read; null when none is pending. */
  readonly finish_date: string | null
}

export interface TaskPlan {
  readonly task: string
  readonly entity: string | null
  readonly mode: TaskMode
  /** Of one run. */
  readonly calls: number
  readonly runs_a_day: number
  /** Seconds between two runs as they are planned now. */
  readonly every_seconds: number
  /** By how much that is more than the timetable says. */
  readonly stretch: number
  /** Whether it runs as often as the timetable says. */
  readonly fits: boolean
}
