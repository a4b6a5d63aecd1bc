import type { Pool } from 'pg'
import { type Db, sql } from '../../db/index.ts'
import type { Logger } from '../log.ts'
import { type Clock, createLoop } from '../runtime/index.ts'
import { createLeadership } from './leadership.ts'
import { createPresence } from './presence.ts'
import { prune } from './retention.ts'
import { everySeconds, isDue, readTimetable, type Task } from './timetable.ts'

export interface SchedulerDeps {
  readonly db: Db
  readonly pool: Pool
  readonly clock: Clock
  readonly log: Logger
  readonly processId: string
  readonly version: string
  /** Whether this process may lead; it shows its presence either way. */
  readonly enabled: boolean
  readonly timeZone: () => Promise<string>
  /** Runs one sync to the end of its reading. */
  readonly runTask: (task: Task, signal: AbortSignal) => Promise<unknown>
  /** Goes on with runs whose process is gone. */
  readonly resumeAbandoned: (signal: AbortSignal) => Promise<void>
}

export interface Scheduler {
  start(): void
  readonly isLeader: boolean
  timetable(): Promise<readonly Task[]>
  /** Seconds between the planned runs of an entity, its most frequent task; null when none is planned. */
  plannedEverySeconds(entityType: string): number | null
  stop(): Promise<void>
}

/** Fires the timetable, resumes what others left and prunes, on one process at a time. */
export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { db, clock, log } = deps
  const leadership = createLeadership({ ...deps, onLead: () => ticks.nudge() })
  const presence = createPresence({ ...deps, isLeader: () => leadership.isLeader })
  const planned = new Map<string, number>()
  const onError = (error: unknown, loop: string) =>
    log.warn({ err: error, loop }, 'a pass of the scheduler failed; it will be repeated')
  const ticks = createLoop({ name: 'timetable', clock, onError, errorRestMs: 15_000, pass: tick })
  const housekeeping = createLoop({
    name: 'retention',
    clock,
    onError,
    errorRestMs: 60_000,
    pass: async () => {
      if (leadership.isLeader) await prune(db)
      return 3_600_000
    },
  })

  return {
    get isLeader() {
      return leadership.isLeader
    },
    timetable: () => readTimetable(db),
    plannedEverySeconds: (entityType) => planned.get(entityType) ?? null,
    start() {
      // Every process knows the timetable, because its health judges lateness by it; only the leader fires it.
      for (const each of [presence, ticks, housekeeping]) each.start()
      if (deps.enabled) leadership.start()
    },
    async stop() {
      await Promise.all([ticks.stop({ abort: true }), housekeeping.stop()])
      await leadership.stop()
      await presence.stop()
    },
  }

  async function tick(signal: AbortSignal): Promise<number> {
    const timeZone = await deps.timeZone()
    const tasks = await readTimetable(db)
    plan(tasks, timeZone)
    if (!leadership.isLeader) return 60_000
    await deps.resumeAbandoned(signal)
    const last = await lastStarts(db)
    for (const task of tasks) {
      if (signal.aborted) break
      if (isDue(task, last.get(`${task.entityType}.${task.mode}`) ?? null, new Date(clock.now()), timeZone))
        await deps.runTask(task, signal)
    }
    return 15_000
  }

  function plan(tasks: readonly Task[], timeZone: string): void {
    planned.clear()
    for (const task of tasks.filter((each) => each.enabled)) {
      const seconds = everySeconds(task, timeZone)
      if (seconds !== null) planned.set(task.entityType, Math.min(seconds, planned.get(task.entityType) ?? seconds))
    }
  }
}

/**
 * When each entity and mode last started. A full run sees all that an incremental one or a sweep would, so it counts
 * for them too, and they are not due before the first full run.
 */
async function lastStarts(db: Db): Promise<Map<string, Date>> {
  const { rows } = await sql<{ entity_type: string; mode: string; started_at: Date }>`
    select entity_type, mode, max(started_at) as started_at from tds_sync_runs
    where started_at > clock_timestamp() - interval '8 days' group by entity_type, mode`.execute(db)
  const last = new Map(rows.map((row) => [`${row.entity_type}.${row.mode}`, row.started_at]))
  for (const { entity_type, mode, started_at } of rows) {
    if (mode !== 'full') continue
    for (const covered of ['incremental', 'sweep', 'images']) {
      const key = `${entity_type}.${covered}`
      const known = last.get(key)
      if (!known || known < started_at) last.set(key, started_at)
    }
  }
  return last
}
