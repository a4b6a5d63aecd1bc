import { Cron } from 'croner'
import { z } from 'zod'
import { type Db, sql } from '../../db/index.ts'

/** A task of the timetable: what runs, and when by the organisation's clock. */
export interface Task {
  readonly name: string
  readonly entityType: string
  readonly mode: 'full' | 'incremental' | 'sweep' | 'images'
  readonly cron: string
  readonly enabled: boolean
}

/**
 * Edits every 10 minutes, moved stock every 15 (list pages only), everything at night, parents before children. A row
 * `schedule.<name>` in `tds_configuration` takes the place of a line.
 */
const defaults: readonly Omit<Task, 'enabled' | 'name'>[] = [
  { entityType: 'warehouses', mode: 'full', cron: '0 2 * * *' },
  { entityType: 'categories', mode: 'full', cron: '1 2 * * *' },
  { entityType: 'products', mode: 'full', cron: '5 2 * * *' },
  { entityType: 'inventory_items', mode: 'full', cron: '20 2 * * *' },
  { entityType: 'product_images', mode: 'images', cron: '40 2 * * *' },
  { entityType: 'products', mode: 'incremental', cron: '*/10 * * * *' },
  { entityType: 'products', mode: 'sweep', cron: '7-59/15 * * * *' },
]

const override = z.object({ cron: z.string(), enabled: z.boolean().default(true) }).partial()

export async function readTimetable(db: Db): Promise<readonly Task[]> {
  const { rows } = await sql<{
    key: string
    value: unknown
  }>`select key, value from tds_configuration where key like 'schedule.%'`.execute(db)
  const overrides = new Map(rows.map((row) => [row.key, override.safeParse(row.value).data]))
  return defaults.map((task) => {
    const name = `${task.entityType}.${task.mode}`
    const { cron = task.cron, enabled = true } = overrides.get(`schedule.${name}`) ?? {}
    return { ...task, name, cron: isCron(cron) ? cron : task.cron, enabled }
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

/**
 * Whether a task should have fired since it last did: a missed tick runs once, however many were missed. What never ran
 * is due at once if it is complete by itself, and waits for the first full run otherwise.
 */
export function isDue(task: Task, lastStarted: Date | null, now: Date, timezone: string): boolean {
  if (!task.enabled) return false
  if (!lastStarted) return task.mode === 'full' || task.mode === 'images'
  const next = new Cron(task.cron, { timezone }).nextRun(lastStarted)
  return next !== null && next <= now
}

/** Seconds between two runs of a task. */
export function everySeconds(task: Task, timezone: string): number | null {
  const [first, second] = new Cron(task.cron, { timezone }).nextRuns(2)
  return first && second ? (second.getTime() - first.getTime()) / 1000 : null
}
