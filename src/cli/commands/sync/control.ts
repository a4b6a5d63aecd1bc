import type { Mode } from '../../../sync/index.ts'
import { type Terminal, usageError } from '../../command.ts'
import { parseSince } from '../../since.ts'
import { cancel, listPauses, listRuns, pause, resume, runId, showRun, startRuns, targetOf } from './runs.ts'
import { cursors, listSchedules, oneSchedule, shares } from './settings.ts'

type Text = 'since' | 'limit' | 'mode' | 'entity' | 'status' | 'cron' | 'every' | 'reserve' | 'backfill' | 'reason'
type Flag = 'on' | 'off' | 'now' | 'dry-run' | 'accept-mass-change'
type Values = { readonly [Name in Text]?: string } & { readonly [Name in Flag]?: boolean }

/** What people do with runs and the timetable, beside running one here: the same methods as the API. */
export function control(verb: string, words: readonly string[], values: Values, terminal: Terminal): Promise<number> {
  const { mode, entity, reason, since } = values
  const [word, ...more] = words
  const day = since === undefined ? undefined : parseSince(since, new Date())
  const dryRun = values['dry-run'] ?? false
  const limit = values.limit === undefined ? undefined : wholeNumber(values.limit)
  const doings: Readonly<Record<string, () => Promise<number>>> = {
    list: () => listRuns(terminal, { limit: limit ?? 50, entity_type: entity, mode, status: values.status, from: day }),
    show: () => showRun(terminal, runId(word)),
    start: () => {
      const acceptMassChange = values['accept-mass-change'] ?? false
      const request = { mode: modeOf(word), entities: more, since: day, limit, acceptMassChange }
      return startRuns(terminal, request, { dryRun, reason })
    },
    pauses: () => listPauses(terminal),
    pause: () => pause(terminal, targetOf(word, { mode: mode && modeOf(mode), entity }), reason),
    resume: () => resume(terminal, targetOf(word, { mode: mode && modeOf(mode), entity }), reason),
    cancel: () => cancel(terminal, word, reason),
    schedules: () => listSchedules(terminal),
    schedule: () => {
      const { cron, every, on = false, off = false, now = false } = values
      return oneSchedule(terminal, word, { cron, every, on, off, now, reason })
    },
    cursors: () => cursors(terminal, resetOf(word, day, since, dryRun), reason),
    shares: () => shares(terminal, { reserve: values.reserve, backfill: values.backfill, reason }),
  }
  const doing = doings[verb]
  if (!doing) throw usageError(`sync does not know ${verb}`)
  return doing()
}

const modes: readonly Mode[] = ['full', 'incremental', 'sweep', 'images', 'backfill']

function modeOf(word: string | undefined): Mode {
  const mode = modes.find((each) => each === word)
  if (mode) return mode
  throw usageError(`${word ?? 'Nothing'} is no mode; one of ${modes.join(', ')}`)
}

function resetOf(entityType: string | undefined, day: Date | undefined, since: string | undefined, dryRun: boolean) {
  if (entityType === undefined) return undefined
  if (since === undefined || day === undefined) throw usageError('Back to when? --since 2025-01-31, 90d, or all')
  return { entityType, modifiedSince: since === 'all' ? null : day, dryRun }
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw usageError(`--limit wants a whole number, not ${text}`)
}
