import { Cron } from 'croner'
import { z } from 'zod'
import { type Db, sql } from '../../db/index.ts'

/** A line of the timetable: what runs, and when by the organisation's clock. */
export interface TimetableLine {
  /** `products.incremental`, or one word for what belongs to no entity. */
  readonly name: string
  readonly entityType: string | null
  readonly mode: 'full' | 'incremental' | 'sweep' | 'images' | 'backfill' | 'verify' | 'validate' | 'self-test'
  readonly cron: string
}

export interface Task extends TimetableLine {
  readonly enabled: boolean
}

const override = z.object({ cron: z.string(), enabled: z.boolean().default(true) }).partial()

/** The lines as they are in effect: a row `schedule.<name>` in `tds_configuration` takes the place of one. */
export async function readTimetable(db: Db, lines: readonly TimetableLine[]): Promise<readonly Task[]> {
  const { rows } = await sql<{
    key: string
    value: unknown
  }>`select key, value from tds_configuration where key like 'schedule.%'`.execute(db)
  const overrides = new Map(rows.map((row) => [row.key, override.safeParse(row.value).data]))
  return lines.map((line) => {
    const { cron = line.cron, enabled = true } = overrides.get(`schedule.${line.name}`) ?? {}
    return { ...line, cron: isCron(cron) ? cron : line.cron, enabled }
  })
}

function isCron(pattern: string): boolean {
  try {
    return new Cron(pattern).nextRun() !== null
  } catch {
    // croner tells a bad pattern only by throwing; the default then stands.
    return false
  }
}

export interface Occasion {
  readonly lastStarted: Date | null
  readonly now: Date
  /** IANA name. */
  readonly timezone: string
  /** By how much the task is rarer than its line says. @default 1 */
  readonly stretch?: number
}

/**
 * Whether a task should have fired since it last did: a missed tick runs once, however many were missed. What never ran
 * is due at once if it is complete by itself, and waits for the first full run otherwise.
 */
export function isDue(task: Task, occasion: Occasion): boolean {
  const next = nextTime(task, occasion)
  return next !== null && next <= occasion.now
}

/** When a task fires next, in the past where it is late; null while it is disabled or waits for the first full run. */
export function nextTime(task: Task, { lastStarted, now, timezone, stretch = 1 }: Occasion): Date | null {
  if (!task.enabled) return null
  if (!lastStarted) return task.mode === 'full' || task.mode === 'images' ? now : null
  const everyMs = (everySeconds(task, timezone) ?? 0) * 1000
  const next = new Cron(task.cron, { timezone }).nextRun(new Date(lastStarted.getTime() + (stretch - 1) * everyMs))
  const earliest = new Date(lastStarted.getTime() + stretch * everyMs)
  return stretch > 1 && next !== null && next < earliest ? earliest : next
}

/** Seconds between two runs of a task. */
export function everySeconds(task: Task, timezone: string): number | null {
  const [first, second] = new Cron(task.cron, { timezone }).nextRuns(2)
  return first && second ? (second.getTime() - first.getTime()) / 1000 : null
}
