import type { CursorReset } from '../../../sync/index.ts'
import { duration } from '../../bar.ts'
import { type Terminal, usageError } from '../../command.ts'
import { withContext } from '../../session.ts'
import { changeOf, tableOf } from './runs.ts'

const reading = { kind: 'reading' } as const
const clock = (time: Date | null) => time?.toISOString().slice(0, 19)

/** `sync schedules` */
export function listSchedules(terminal: Terminal): Promise<number> {
  const { out } = terminal
  return withContext(terminal, reading, async ({ schedules }) => {
    const items = await schedules.list()
    const rows = items.map((each) => [
      each.name,
      each.cron,
      each.enabled ? 'on' : 'off',
      each.planned_every_seconds === null ? '' : duration(each.planned_every_seconds),
      clock(each.last_started_at),
      clock(each.next_at),
      each.fits ? '' : 'rarer than planned',
    ])
    tableOf(out, ['task', 'cron', '', 'every', 'last', 'next', ''], rows)
    out.document({ items, total: items.length, next: null })
    return 0
  })
}

export interface ScheduleValues {
  readonly cron: string | undefined
  readonly every: string | undefined
  readonly on: boolean
  readonly off: boolean
  readonly now: boolean
  readonly reason: string | undefined
}

/** `sync schedule <task>`: shows it, changes it, or runs it now. */
export function oneSchedule(terminal: Terminal, name: string | undefined, values: ScheduleValues): Promise<number> {
  if (name === undefined) throw usageError('Which task? sync schedules lists them')
  const { out } = terminal
  const { cron, every, on, off, now, reason } = values
  if (on && off) throw usageError('Either --on or --off')
  const everyMinutes = every === undefined ? undefined : Number(every)
  if (everyMinutes !== undefined && !(Number.isInteger(everyMinutes) && everyMinutes > 0))
    throw usageError(`--every wants whole minutes, not ${every}`)
  const isChange = cron !== undefined || every !== undefined || on || off
  return withContext(terminal, reading, async ({ schedules }) => {
    if (now) {
      const wanted = await schedules.runNow(name, changeOf(reason, 'wanted on the command line'))
      out.line(`${name} is asked for; the running service begins it within seconds.`)
      out.document(wanted)
      return 0
    }
    const to = {
      ...(cron !== undefined && { cron: cron === 'default' ? null : cron }),
      everyMinutes,
      ...((on || off) && { enabled: on }),
    }
    const schedule = isChange
      ? await schedules.change(name, to, changeOf(reason, 'changed on the command line'))
      : await schedules.get(name)
    const { enabled, next_at } = schedule
    out.line(`${name}: ${schedule.cron}, ${enabled ? `next at ${clock(next_at) ?? 'its first full run'}` : 'off'}`)
    out.document(schedule)
    return 0
  })
}

/** `sync cursors`, and `sync cursors <entity> --since` to set one back. */
export function cursors(
  terminal: Terminal,
  reset: CursorReset | undefined,
  reason: string | undefined,
): Promise<number> {
  const { out } = terminal
  return withContext(terminal, reading, async ({ syncs }) => {
    if (!reset) {
      const items = await syncs.cursors()
      const rows = items.map((each) => [
        each.entity_type,
        clock(each.modified_since),
        clock(each.last_complete_at),
        clock(each.verified_through),
      ])
      tableOf(out, ['entity', 'read to', 'last complete run', 'verified through'], rows)
      out.document({ items, total: items.length, next: null })
      return 0
    }
    const changed = await syncs.resetCursor(reset, changeOf(reason, 'set on the command line'))
    const { before, after, records, calls } = changed
    const verb = reset.dryRun ? 'would go' : 'goes'
    out.line(
      `${reset.entityType} ${verb} from ${clock(before.modified_since) ?? 'the beginning'} to ${clock(after.modified_since) ?? 'the beginning'}: about ${records} record(s) and ${calls} call(s) with the next incremental run.`,
    )
    out.document(changed)
    return 0
  })
}

/** `sync shares`: of the day's calls. */
export function shares(
  terminal: Terminal,
  values: {
    readonly reserve: string | undefined
    readonly backfill: string | undefined
    readonly reason: string | undefined
  },
): Promise<number> {
  const reserve_percent = percent('--reserve', values.reserve)
  const backfill_percent = percent('--backfill', values.backfill)
  return withContext(terminal, reading, async ({ planner }) => {
    const isChange = reserve_percent !== undefined || backfill_percent !== undefined
    const budget = isChange
      ? await planner.changeBudget(
          { reserve_percent, backfill_percent },
          changeOf(values.reason, 'changed on the command line'),
        )
      : await planner.budget()
    terminal.out.line(
      `Of each day ${budget.reserve_percent} % for live work, ${budget.backfill_percent} % for the backfill; the rest is the timetable's.`,
    )
    terminal.out.document(budget)
    return 0
  })
}

function percent(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 90) return value
  throw usageError(`${option} wants percent from 0 to 90, not ${text}`)
}
