import type { Pool } from 'pg'
import type { Db } from '../../db/index.ts'
import { errorCode } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type Clock, createLoop, type Loop } from '../runtime/index.ts'
import { markFired, meet, readStarts, takeBack, takeRequests } from './firings.ts'
import { createLeadership } from './leadership.ts'
import { createPresence } from './presence.ts'
import { prune } from './retention.ts'
import { everySeconds, isDue, readTimetable, type Task, type TimetableLine } from './timetable.ts'

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
  /** What there is to fire, in the order in which tasks due together begin. */
  readonly lines: readonly TimetableLine[]
  /** By how much tasks are rarer than their lines say, by name, where the day's calls do not suffice. */
  readonly stretches: () => Promise<ReadonlyMap<string, number>>
  /** Runs one task to its end, within reason. */
  readonly runTask: (task: Task, signal: AbortSignal) => Promise<unknown>
  /** Whether a person holds a task back; it fires when that is over. @default never */
  readonly held?: () => Promise<(task: Task) => boolean>
  /** Goes on with runs whose process is gone. */
  readonly resumeAbandoned: (signal: AbortSignal) => Promise<void>
}

export interface Scheduler {
  start(): void
  /** Look at the timetable now. */
  nudge(): void
  readonly isLeader: boolean
  timetable(): Promise<readonly Task[]>
  /** The enabled tasks with the seconds between two runs as their lines say. */
  intervals(): Promise<readonly (Task & { readonly everySeconds: number })[]>
  /** Seconds between the planned runs of an entity, its most frequent task; null when none is planned. */
  plannedEverySeconds(entityType: string): number | null
  /** The most frequent of the tasks that leave no run behind: when it fires no more, nothing does. */
  pulse(): { readonly name: string; readonly everySeconds: number } | null
  stop(): Promise<void>
}

/**
 * Tasks of a track run one after the other, tracks beside each other: a night's full sync or days of backfill never keep
 * an edit waiting.
 */
const tracks: Readonly<Record<string, readonly Task['mode'][]>> = {
  edits: ['incremental', 'sweep'],
  nightly: ['full', 'images', 'verify', 'self-test'],
  backfill: ['backfill'],
  rules: ['validate'],
}

/** Fires the timetable, resumes what others left and prunes, on one process at a time. */
export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { db, clock, log } = deps
  const leadership = createLeadership({ ...deps, onLead: () => [...loops, housekeeping].map((loop) => loop.nudge()) })
  const presence = createPresence({ ...deps, isLeader: () => leadership.isLeader })
  const planned = new Map<string, number>()
  let pulse: { readonly name: string; readonly everySeconds: number } | null = null
  const onError = (error: unknown, loop: string) =>
    log.warn({ err: error, loop }, 'a pass of the scheduler failed; it will be repeated')
  const loops: readonly Loop[] = Object.entries(tracks).map(([name, modes]) =>
    createLoop({
      name: `timetable ${name}`,
      clock,
      onError,
      errorRestMs: 15_000,
      pass: (signal) => tick(modes, signal),
    }),
  )
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
    nudge: () => {
      for (const loop of loops) loop.nudge()
    },
    timetable: () => readTimetable(db, deps.lines),
    intervals,
    plannedEverySeconds: (entityType) => planned.get(entityType) ?? null,
    pulse: () => pulse,
    start() {
      // Every process knows the timetable, because its health judges lateness by it; only the leader fires it.
      for (const each of [presence, ...loops, housekeeping]) each.start()
      if (deps.enabled) leadership.start()
    },
    async stop() {
      await Promise.all([...loops.map((loop) => loop.stop({ abort: true })), housekeeping.stop()])
      await leadership.stop()
      await presence.stop()
    },
  }

  async function tick(modes: readonly Task['mode'][], signal: AbortSignal): Promise<number> {
    const timezone = await deps.timeZone()
    const tasks = await readTimetable(db, deps.lines)
    const stretches = await deps.stretches()
    plan(tasks, stretches, timezone)
    if (!leadership.isLeader) return 15_000
    if (modes.includes('full')) await deps.resumeAbandoned(signal)
    await meet(db, tasks)
    const { last, listing } = await readStarts(db)
    const held = (await deps.held?.()) ?? (() => false)
    const free = tasks.filter((task) => !held(task))
    const requested = await takeRequests(db, free, modes)
    for (const task of tasks.filter(({ mode }) => modes.includes(mode))) {
      if (signal.aborted) break
      // What changed is in the pages that a full run is reading; asked now, it would be read twice.
      if (tracks.edits?.includes(task.mode) && listing.has(task.entityType ?? '')) continue
      // The backfill comes back in minutes; its mark shows that the timetable fires.
      if (held(task)) {
        if (task.mode === 'backfill') await markFired(db, task)
        continue
      }
      const lastStarted = last.get(task.name) ?? null
      const occasion = { lastStarted, now: new Date(clock.now()), timezone, stretch: stretches.get(task.name) ?? 1 }
      if (requested.has(task.name) || isDue(task, occasion)) await fire(task, lastStarted, signal)
    }
    return 15_000
  }

  /** One task that cannot run does not keep the others of its track waiting. */
  async function fire(task: Task, before: Date | null, signal: AbortSignal): Promise<void> {
    await markFired(db, task)
    try {
      await deps.runTask(task, signal)
    } catch (error) {
      if (signal.aborted) return takeBack(db, task, before)
      log.warn({ err: error, code: errorCode(error), task: task.name }, 'a task of the timetable failed')
    }
  }

  async function intervals(): Promise<readonly (Task & { readonly everySeconds: number })[]> {
    const timezone = await deps.timeZone()
    const enabled = (await readTimetable(db, deps.lines)).filter((task) => task.enabled)
    return enabled.flatMap((task) => {
      const seconds = everySeconds(task, timezone)
      return seconds === null ? [] : { ...task, everySeconds: seconds }
    })
  }

  function plan(tasks: readonly Task[], stretches: ReadonlyMap<string, number>, timezone: string): void {
    const next = new Map<string, number>()
    pulse = null
    for (const task of tasks.filter((each) => each.enabled)) {
      const seconds = everySeconds(task, timezone)
      if (seconds === null) continue
      const stretched = seconds * (stretches.get(task.name) ?? 1)
      if (task.entityType === null) {
        if (stretched < (pulse?.everySeconds ?? Number.POSITIVE_INFINITY))
          pulse = { name: task.name, everySeconds: stretched }
        continue
      }
      next.set(task.entityType, Math.min(stretched, next.get(task.entityType) ?? stretched))
    }
    planned.clear()
    for (const [entityType, seconds] of next) planned.set(entityType, seconds)
  }
}
