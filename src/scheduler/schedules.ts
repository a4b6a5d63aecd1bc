import { Cron } from 'croner'
import { type Db, sql, type Tx } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { inputError } from '../errors.ts'
import type { Change } from '../pauses/index.ts'
import type { Clock } from '../runtime/index.ts'
import { readStarts } from './firings.ts'
import { everySeconds, nextTime, readTimetable, type Task, type TimetableLine } from './timetable.ts'

/** A task of the timetable as people look at it. */
export interface Schedule {
  readonly name: string
  readonly entity: string | null
  readonly mode: TimetableLine['mode']
  readonly cron: string
  readonly default_cron: string
  readonly enabled: boolean
  /** IANA name of the clock the pattern is read by. */
  readonly time_zone: string
  /** As the pattern says. */
  readonly every_seconds: number | null
  /** As planned now: longer where the day has too few calls. */
  readonly planned_every_seconds: number | null
  /** Whether it runs as often as the pattern says. */
  readonly fits: boolean
  readonly last_started_at: Date | null
  readonly last_run: LastRun | null
  /** Null while it is disabled, or waits for a first full run. */
  readonly next_at: Date | null
  /** Somebody wants it before its time, and it has not begun yet. */
  readonly requested_at: Date | null
  readonly updated_at: Date | null
  readonly updated_by: string | null
}

export interface LastRun {
  readonly id: number
  readonly status: string
  readonly started_at: Date
}

export interface ScheduleChange {
  /** Null is the pattern of the entity's file again. */
  readonly cron?: string | null | undefined
  /** A whole part of an hour or of a day, in place of a pattern. */
  readonly everyMinutes?: number | undefined
  readonly enabled?: boolean | undefined
}

/** What was asked for: a run that is queued, or a task that the leader begins within seconds. */
export interface Requested {
  readonly task: string
  readonly run_ids: readonly number[]
}

/** The timetable as rows `schedule.<name>` of `tds_configuration`. */
export interface Schedules {
  list(): Promise<readonly Schedule[]>
  /** @throws TdsError `SCHEDULE_UNKNOWN` */
  get(name: string): Promise<Schedule>
  /** @throws TdsError `SCHEDULE_UNKNOWN`, `SCHEDULE_INVALID` naming what is wrong */
  change(name: string, to: ScheduleChange, change: Change): Promise<Schedule>
  /** Whether it is enabled or not. @throws TdsError `SCHEDULE_UNKNOWN` and what starting a run throws */
  runNow(name: string, change: Change): Promise<Requested>
}

export interface SchedulesDeps {
  readonly db: Db
  readonly clock: Clock
  readonly lines: readonly TimetableLine[]
  readonly timeZone: () => Promise<string>
  readonly stretches: () => Promise<ReadonlyMap<string, number>>
  /** Queues the run of an entity's task. */
  readonly startRun: (task: Task, change: Change) => Promise<readonly { readonly id: number }[]>
  /** Something changed: look at the timetable now. */
  readonly onChange: () => void
}

const prefix = 'schedule.'

export function createSchedules(deps: SchedulesDeps): Schedules {
  const { db, lines } = deps
  const lineOf = (name: string): TimetableLine => {
    const line = lines.find((each) => each.name === name)
    if (line) return line
    throw inputError(
      'SCHEDULE_UNKNOWN',
      `There is no task ${name}; there are ${lines.map((each) => each.name).join(', ')}`,
      404,
    )
  }
  const one = async (name: string): Promise<Schedule> => {
    lineOf(name)
    const found = (await readSchedules(deps)).find((each) => each.name === name)
    if (!found) throw new Error(`The task ${name} is in the timetable and not in the list`)
    return found
  }
  return {
    list: () => readSchedules(deps),
    get: one,
    async change(name, to, change) {
      const line = lineOf(name)
      const cron = to.everyMinutes === undefined ? to.cron : patternOf(to.everyMinutes)
      if (typeof cron === 'string') check(cron, await deps.timeZone())
      await db.transaction().execute((tx) => write(tx, line, { cron, enabled: to.enabled }, change))
      deps.onChange()
      return one(name)
    },
    async runNow(name, change) {
      const line = lineOf(name)
      if (line.entityType !== null) {
        const runs = await deps.startRun({ ...line, enabled: true }, change)
        return { task: name, run_ids: runs.map(({ id }) => id) }
      }
      await request(db, line, change)
      deps.onChange()
      return { task: name, run_ids: [] }
    },
  }
}

/** @throws TdsError `SCHEDULE_INVALID` */
function patternOf(minutes: number): string {
  if (minutes < 60 && 60 % minutes === 0) return `*/${minutes} * * * *`
  if (minutes === 1440) return '0 0 * * *'
  if (minutes % 60 === 0 && 24 % (minutes / 60) === 0) return minutes === 60 ? '0 * * * *' : `0 */${minutes / 60} * * *`
  throw invalid('every_minutes', `${minutes} is no whole part of an hour or of a day; name a cron pattern in its place`)
}

const invalid = (member: 'cron' | 'every_minutes', words: string) =>
  inputError('SCHEDULE_INVALID', words, 400, { errors: [{ pointer: `/body/${member}`, detail: words }] })

const leastSeconds = 60

function check(cron: string, timezone: string): void {
  const [first, second] = nextRuns(cron, timezone)
  if (!first || !second) throw invalid('cron', `${cron} never comes, or not twice`)
  const seconds = (second.getTime() - first.getTime()) / 1000
  if (seconds < leastSeconds) throw invalid('cron', `${cron} comes every ${seconds} seconds; the least is a minute`)
}

function nextRuns(cron: string, timezone: string): Date[] {
  try {
    return new Cron(cron, { timezone }).nextRuns(2)
  } catch (error) {
    // croner tells a bad pattern only by throwing, and its words say where.
    const words = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : 'it cannot be read'
    throw invalid('cron', `${cron} is no cron pattern: ${words}`)
  }
}

async function readSchedules({ db, lines, timeZone, stretches, clock }: SchedulesDeps): Promise<readonly Schedule[]> {
  const [timezone, tasks, longer, { last }, runs, requests, rows] = await Promise.all([
    timeZone(),
    readTimetable(db, lines),
    stretches(),
    readStarts(db),
    lastRuns(db),
    sql<{ name: string; requested_at: Date }>`select name, requested_at from tds_schedule_requests`.execute(db),
    sql<{ key: string; updated_at: Date; updated_by: string }>`
      select key, updated_at, updated_by from tds_configuration where starts_with(key, ${prefix})`.execute(db),
  ])
  const now = new Date(clock.now())
  return tasks.map((task) => {
    const { name, entityType, mode, cron, enabled } = task
    const every = everySeconds(task, timezone)
    const stretch = longer.get(name) ?? 1
    const lastStarted = last.get(name) ?? null
    const row = rows.rows.find(({ key }) => key === prefix + name)
    return {
      name,
      entity: entityType,
      mode,
      cron,
      default_cron: lines.find((line) => line.name === name)?.cron ?? cron,
      enabled,
      time_zone: timezone,
      every_seconds: every,
      planned_every_seconds: every === null ? null : Math.round(every * stretch),
      fits: stretch === 1,
      last_started_at: lastStarted,
      last_run: runs.get(name) ?? null,
      next_at: nextTime(task, { lastStarted, now, timezone, stretch }),
      requested_at: requests.rows.find((each) => each.name === name)?.requested_at ?? null,
      updated_at: row?.updated_at ?? null,
      updated_by: row?.updated_by ?? null,
    }
  })
}

async function lastRuns(db: Db): Promise<ReadonlyMap<string, LastRun>> {
  const { rows } = await sql<LastRun & { name: string }>`
    select distinct on (entity_type, mode) entity_type || '.' || mode as name, id, status, started_at
    from tds_sync_runs where started_at > clock_timestamp() - interval '8 days'
    order by entity_type, mode, id desc`.execute(db)
  return new Map(rows.map(({ name, ...run }) => [name, run]))
}

async function write(
  tx: Tx,
  { name }: TimetableLine,
  { cron, enabled }: { cron: string | null | undefined; enabled: boolean | undefined },
  { actor, reason, requestId }: Change,
): Promise<void> {
  const key = prefix + name
  await sql`select pg_advisory_xact_lock(hashtext(${key}))`.execute(tx)
  const { rows } = await sql<{ value: { cron?: string; enabled?: boolean } }>`
    select value from tds_configuration where key = ${key}`.execute(tx)
  const before = rows[0]?.value ?? {}
  const pattern = cron === null ? undefined : (cron ?? before.cron)
  const isOn = enabled ?? before.enabled
  const after = { ...(pattern !== undefined && { cron: pattern }), ...(isOn === false && { enabled: false }) }
  if (Object.keys(after).length === 0) await sql`delete from tds_configuration where key = ${key}`.execute(tx)
  else
    await sql`
      insert into tds_configuration (key, value, updated_by) values (${key}, ${JSON.stringify(after)}::jsonb, ${actor})
      on conflict (key) do update set
        value = excluded.value, updated_by = excluded.updated_by, updated_at = clock_timestamp()`.execute(tx)
  await record(tx, { actor, action: 'schedule.change', subject: key, reason, requestId, affected: 1, before, after })
}

async function request(db: Db, { name }: TimetableLine, { actor, reason, requestId }: Change): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`
      insert into tds_schedule_requests (name, requested_by) values (${name}, ${actor})
      on conflict (name) do nothing`.execute(tx)
    await record(tx, { actor, action: 'schedule.run', subject: prefix + name, reason, requestId, affected: 1 })
  })
}
