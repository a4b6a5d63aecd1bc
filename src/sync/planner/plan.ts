import type { Product } from '../../zoho/index.ts'
import { shareOut } from './shares.ts'
import type { Demand, EntityPlan, Plan, PlanInput, ProductPlan, TaskCost, TaskPlan } from './types.ts'

const daySeconds = 86_400
const dayMs = daySeconds * 1000

/** Incremental runs and sweeps may become rarer by this at most: then the day is too small for the mirror. */
const mostStretch = 24
/** Minutes' worth of calls granted at a time; the backfill asks again every ten minutes. */
const grantMinutes = 8

/**
 * Fits live work, the timetable and the backfill of older documents into the calls of a day: the reserve first, then the
 * timetable, stretched where it would take too much, then the backfill. Nothing is remembered from plan to plan.
 */
export function makePlan(input: PlanInput): Plan {
  const products = {
    books: planProduct('books', input),
    inventory: planProduct('inventory', input),
  }
  const granted = grantNow(input, products)
  const perProduct = (['books', 'inventory'] as const).flatMap((product) =>
    planEntities(product, input, products[product], granted[product]),
  )
  const byEntity = new Map(perProduct.map((entity) => [entity.entity, entity]))
  return {
    products,
    entities: input.demands.flatMap(({ entity }) => byEntity.get(entity) ?? []),
    timetable: input.tasks.map((task) => planTask(task, products)),
  }
}

/** Edits and moved values may come later; what happens once a day may not. */
const isElastic = ({ mode }: TaskCost): boolean => mode === 'incremental' || mode === 'sweep'

const perDay = ({ everySeconds }: TaskCost): number => daySeconds / everySeconds

const callsFor = ({ pending, perCall }: Pick<Demand, 'pending' | 'perCall'>): number => Math.ceil(pending / perCall)

/** Calls for what the queue does not hold yet. */
const callsToFeed = ({ pending, queued, perCall }: Demand): number => callsFor({ pending: pending - queued, perCall })

function planProduct(product: Product, input: PlanInput): ProductPlan {
  const day = input.days[product]
  const callsADay = (tasks: readonly TaskCost[]) =>
    tasks.reduce((sum, task) => sum + task.calls[product] * perDay(task), 0)
  const fixed = callsADay(input.tasks.filter((task) => !isElastic(task)))
  const elastic = callsADay(input.tasks.filter(isElastic))
  const wanted = demandsOf(product, input).reduce((sum, demand) => sum + callsFor(demand), 0)
  const reserve = Math.floor(day.limit * input.reserveShare)
  const leastBackfill = Math.min(wanted, Math.floor(day.limit * input.backfillShare))
  const left = dayLeft(input, product)
  const stretch = Math.max(
    stretchFor(elastic, day.limit - reserve - leastBackfill - fixed),
    // Others of the company may have used up calls that a whole day would have had.
    stretchFor(elastic * left, day.left - (reserve + fixed) * left),
  )
  const timetable = Math.ceil(fixed + elastic / stretch)
  return {
    day_limit: day.limit,
    day_used: day.used,
    day_left: day.left,
    resets_at: day.resetsAt,
    reserve,
    timetable,
    backfill: Math.max(leastBackfill, day.limit - reserve - timetable),
    stretch,
  }
}

const demandsOf = (product: Product, { demands }: PlanInput): readonly Demand[] =>
  demands.filter((demand) => demand.product === product)

/** Share of the day that is still to come. */
function dayLeft({ now, days }: PlanInput, product: Product): number {
  const { resetsAt } = days[product]
  return resetsAt ? Math.min(1, Math.max(0, (resetsAt.getTime() - now.getTime()) / dayMs)) : 1
}

function stretchFor(wanted: number, room: number): number {
  if (wanted <= 0 || wanted <= room) return 1
  return room <= 0 ? mostStretch : Math.min(mostStretch, Math.ceil((wanted / room) * 100) / 100)
}

/** Calls of today that neither live work nor the timetable will need, by product; at once only what a few minutes hold. */
function grantNow(input: PlanInput, products: Plan['products']): Record<Product, { today: number; now: number }> {
  const today = (product: Product) => {
    const { day_left, reserve, timetable } = products[product]
    const queued = demandsOf(product, input).reduce((sum, { queued, perCall }) => sum + Math.ceil(queued / perCall), 0)
    return Math.max(0, Math.floor(day_left - reserve - timetable * dayLeft(input, product) - queued))
  }
  const openCalls = (product: Product) => demandsOf(product, input).reduce((sum, each) => sum + callsToFeed(each), 0)
  const [books, inventory] = [today('books'), today('inventory')]
  const wanted = [Math.min(books, openCalls('books')), Math.min(inventory, openCalls('inventory'))]
  const [booksNow = 0, inventoryNow = 0] = shareOut(input.perMinute * grantMinutes, wanted)
  return { books: { today: books, now: booksNow }, inventory: { today: inventory, now: inventoryNow } }
}

function planEntities(
  product: Product,
  input: PlanInput,
  { backfill }: ProductPlan,
  granted: { today: number; now: number },
): readonly EntityPlan[] {
  const demands = demandsOf(product, input)
  const open = demands.map(callsToFeed)
  const daily = shareOut(backfill, demands.map(callsFor))
  const now = shareOut(granted.now, open)
  const today = shareOut(granted.today, open)
  return demands.map((demand, index) => {
    const { entity, pending, queued, oldest, newest, perCall } = demand
    const fed = queued + (today[index] ?? 0) * perCall
    return {
      entity,
      product,
      pending,
      queued,
      oldest,
      newest,
      share_per_day: (daily[index] ?? 0) * perCall,
      allowed_now: Math.min(pending - queued, (now[index] ?? 0) * perCall),
      finish_date: finishDate(pending, fed, (daily[index] ?? 0) * perCall, input),
    }
  })
}

/** Today, if today's calls are enough; else after as many whole shares as the rest needs. */
function finishDate(pending: number, today: number, share: number, { now, timeZone }: PlanInput): string | null {
  if (pending === 0) return null
  const rest = Math.max(0, pending - today)
  if (rest > 0 && share === 0) return null
  const days = rest === 0 ? 0 : Math.ceil(rest / share)
  const at = new Date(now.getTime() + days * dayMs)
  // The Swedes write their dates as ISO does.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at)
}

function planTask(task: TaskCost, products: Plan['products']): TaskPlan {
  const used = (['books', 'inventory'] as const).filter((product) => task.calls[product] > 0)
  const stretch = isElastic(task) ? Math.max(1, ...used.map((product) => products[product].stretch)) : 1
  const fits = used.every((product) => {
    const { day_limit, reserve, timetable } = products[product]
    return timetable <= day_limit - reserve
  })
  return {
    task: task.name,
    entity: task.entity,
    mode: task.mode,
    calls: Math.ceil(task.calls.books + task.calls.inventory),
    runs_a_day: Math.round((perDay(task) / stretch) * 100) / 100,
    every_seconds: Math.round(task.everySeconds * stretch),
    stretch,
    fits: fits && stretch === 1,
  }
}
