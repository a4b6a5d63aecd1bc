import type { Db } from '../../../db/index.ts'
import type { Entities } from '../../entities/index.ts'
import type { Clock } from '../../runtime/index.ts'
import type { Zoho } from '../../zoho/index.ts'
import { timeZoneOf } from '../organization.ts'
import { costOf, type TimedTask } from './costs.ts'
import { makePlan } from './plan.ts'
import { daysOf, readDemands, readFigures, readReserveShare } from './read.ts'
import type { Plan } from './types.ts'

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
  /** Documents of an entity that may be read now without taking from live work or the timetable. */
  allowance(entityType: string): Promise<number>
  /** By how much each task is rarer than its timetable says, as of a minute ago at most; 1 for those not named. */
  stretches(): Promise<ReadonlyMap<string, number>>
}

const stretchAgeMs = 60_000

export function createPlanner({ db, entities, zoho, clock, tasks }: PlannerDeps): Planner {
  let known: { stretches: ReadonlyMap<string, number>; at: number } | undefined
  return {
    plan,
    async allowance(entityType) {
      const { entities: plans } = await plan()
      return plans.find(({ entity }) => entity === entityType)?.allowed_now ?? 0
    },
    async stretches() {
      if (!known || clock.now() - known.at > stretchAgeMs) await plan()
      return known?.stretches ?? new Map()
    },
  }

  async function plan(): Promise<Plan> {
    const [timed, state, figures] = await Promise.all([tasks(), zoho.state(), readFigures(db, entities)])
    const made = makePlan({
      now: new Date(clock.now()),
      timeZone: await timeZoneOf(db),
      perMinute: state.budget.minuteCeiling,
      reserveShare: await readReserveShare(db),
      days: daysOf(state),
      demands: await readDemands(db, entities),
      tasks: timed.map((task) => costOf(task, entities, figures)),
    })
    const intervals = new Map(timed.map(({ name, everySeconds }) => [name, everySeconds]))
    const stretches = made.timetable.map(
      ({ task, every_seconds }) => [task, every_seconds / (intervals.get(task) ?? every_seconds)] as const,
    )
    known = { stretches: new Map(stretches), at: clock.now() }
    return made
  }
}
