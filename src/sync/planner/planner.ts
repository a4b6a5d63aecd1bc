import type { Db } from '../../../db/index.ts'
import type { Entities } from '../../entities/index.ts'
import type { Change } from '../../pauses/index.ts'
import type { Clock } from '../../runtime/index.ts'
import type { Zoho } from '../../zoho/index.ts'
import { timeZoneOf } from '../organization.ts'
import { costOf, type TimedTask } from './costs.ts'
import { makePlan } from './plan.ts'
import { daysOf, readDemands, readFigures } from './read.ts'
import { type BudgetSetting, changeBudget, readBudget, readShares } from './settings.ts'
import type { Plan, TaskCost, TaskMode } from './types.ts'

export interface PlannerDeps {
  readonly db: Db
  readonly entities: Entities
  readonly zoho: Pick<Zoho, 'state'>
  readonly clock: Clock
  /** The enabled tasks of the timetable with their own intervals. */
  readonly tasks: () => Promise<readonly TimedTask[]>
}

export interface Planner {
  /** How today's calls are divided, when the history will be complete, and what the timetable takes. */
  plan(): Promise<Plan>
  /** The same as of a minute ago at most: for those who look often. */
  recent(): Promise<Plan>
  /** Documents of an entity that may be read now without taking from live work or the timetable. */
  allowance(entityType: string): Promise<number>
  /** By how much each task is rarer than its timetable says, as of a minute ago at most. */
  stretches(): Promise<ReadonlyMap<string, number>>
  /** What runs of these entities in this mode would take, by the same figures. */
  costs(mode: TaskMode, entityTypes: readonly string[]): Promise<readonly TaskCost[]>
  /** The shares of the day that are kept, and what they would be by default. */
  budget(): Promise<BudgetSetting>
  /** In force with the next plan. @throws TdsError `BUDGET_INVALID` */
  changeBudget(shares: Parameters<typeof changeBudget>[1], change: Change): Promise<BudgetSetting>
}

const recentMs = 60_000

export function createPlanner({ db, entities, zoho, clock, tasks }: PlannerDeps): Planner {
  let known: { plan: Plan; at: number } | undefined
  return {
    plan,
    recent,
    async allowance(entityType) {
      const { entities: plans } = await plan()
      return plans.find(({ entity }) => entity === entityType)?.allowed_now ?? 0
    },
    async stretches() {
      const { timetable } = await recent()
      return new Map(timetable.map(({ task, stretch }) => [task, stretch]))
    },
    async costs(mode, entityTypes) {
      const figures = await readFigures(db, entities)
      return entityTypes.map((entityType) => {
        const task = { name: `${entityType}.${mode}`, entityType, mode, everySeconds: 1 }
        return costOf(task, entities, figures)
      })
    },
    budget: () => readBudget(db),
    async changeBudget(shares, change) {
      const changed = await changeBudget(db, shares, change)
      known = undefined
      return changed
    },
  }

  async function recent(): Promise<Plan> {
    return known && clock.now() - known.at < recentMs ? known.plan : plan()
  }

  async function plan(): Promise<Plan> {
    const [timed, state, figures] = await Promise.all([tasks(), zoho.state(), readFigures(db, entities)])
    const shares = await readShares(db)
    const made = makePlan({
      now: new Date(clock.now()),
      timeZone: await timeZoneOf(db),
      perMinute: state.budget.minuteCeiling,
      reserveShare: shares.reserve_percent / 100,
      backfillShare: shares.backfill_percent / 100,
      days: daysOf(state),
      demands: await readDemands(db, entities),
      tasks: timed.map((task) => costOf(task, entities, figures)),
    })
    known = { plan: made, at: clock.now() }
    return made
  }
}
