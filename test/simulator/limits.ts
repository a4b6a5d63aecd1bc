import type { Clock } from './clock.ts'
import { createSlidingWindow } from './sliding-window.ts'
import type { OrganisationTime } from './time.ts'

export type Product = 'books' | 'inventory'
export const products: readonly Product[] = ['books', 'inventory']

export interface LimitSettings {
  /** Calls of the organisation in any 60 s, counted by arrival, refused ones included. */
  readonly perMinute: number
  /** Calls of the organisation at once. */
  readonly concurrency: number
  /** Calls a day of each product, until the organisation's midnight. */
  readonly booksPerDay: number
  readonly inventoryPerDay: number
  /** Access tokens in any 10 minutes. */
  readonly tokensPerTenMinutes: number
}

export const realLimits: LimitSettings = {
  perMinute: 100,
  concurrency: 10,
  booksPerDay: 10_000,
  inventoryPerDay: 10_000,
  tokensPerTenMinutes: 10,
}

export const relaxedLimits: LimitSettings = {
  perMinute: 10_000_000,
  concurrency: 10_000,
  booksPerDay: 10_000_000,
  inventoryPerDay: 10_000_000,
  tokensPerTenMinutes: 10_000,
}

/** Which limit a call broke, by Zoho's code. */
export type LimitCode = 44 | 45 | 1070

export interface Limits {
  readonly settings: LimitSettings
  /** Counts an arrival, which is in flight until `leave`. The code if it breaks a limit. */
  arrive(product: Product): LimitCode | undefined
  leave(): void
  headers(product: Product): Record<string, string>
  set(settings: Partial<LimitSettings>): void
  /** Calls the day has already seen, for instance those of other integrations. */
  setUsed(product: Product, calls: number): void
  reset(): void
}

export function createLimits(options: { clock: Clock; time: OrganisationTime; settings: LimitSettings }): Limits {
  const { clock, time } = options
  const minute = createSlidingWindow(60_000)
  const used = { books: 0, inventory: 0 }
  let settings = options.settings
  let day = time.dayOf(clock.now())
  let inFlight = 0

  const perDay = (product: Product) => (product === 'books' ? settings.booksPerDay : settings.inventoryPerDay)

  function beginDay(): void {
    const today = time.dayOf(clock.now())
    if (today === day) return
    day = today
    used.books = 0
    used.inventory = 0
  }

  return {
    get settings() {
      return settings
    },
    arrive(product) {
      beginDay()
      used[product]++
      inFlight++
      const inMinute = minute.add(clock.now())
      if (used[product] > perDay(product)) return 45
      if (inMinute > settings.perMinute) return 44
      return inFlight > settings.concurrency ? 1070 : undefined
    },
    leave() {
      inFlight--
    },
    headers(product) {
      beginDay()
      return {
        'x-rate-limit-limit': String(perDay(product)),
        'x-rate-limit-reset': String(time.secondsToMidnight(clock.now())),
        'x-rate-limit-remaining': String(Math.max(0, perDay(product) - used[product])),
      }
    },
    set(changed) {
      settings = { ...settings, ...changed }
    },
    setUsed(product, calls) {
      beginDay()
      used[product] = calls
    },
    reset() {
      settings = options.settings
      minute.clear()
      used.books = 0
      used.inventory = 0
    },
  }
}
