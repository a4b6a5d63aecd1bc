import { nearest } from '../../config.ts'
import type { Context } from '../../context.ts'
import { readDepth } from '../../queue/index.ts'
import type { Mode, Run } from '../../sync/index.ts'
import { callsOf, callWords } from '../calls-used.ts'
import { defineCommand, type Terminal, usageError } from '../command.ts'
import { planLines } from '../plan-report.ts'
import { createProgress } from '../progress.ts'
import { withContext } from '../session.ts'
import { parseSince } from '../since.ts'
import { type SyncRunsOptions, syncRuns, wordsOf } from '../sync-runs.ts'
import { formatTable } from '../table.ts'
import { control } from './sync/control.ts'

const modes: readonly Mode[] = ['full', 'incremental', 'sweep', 'images', 'backfill']
const verbs = [
  'start',
  'list',
  'show',
  'pauses',
  'pause',
  'resume',
  'cancel',
  'schedules',
  'schedule',
  'cursors',
  'shares',
]
const words = [...modes, 'plan', 'self-test', ...verbs]

export const sync = defineCommand({
  name: 'sync',
  summary: 'read from Zoho and write what differs',
  usage: `full|incremental|sweep|images|backfill [entity…] [--since <day>] [--limit <n>]
sync plan|self-test|${verbs.join('|')} …`,
  about: `full         every record, deletions too; of documents the last six months, the rest by backfill
incremental  what changed since the last complete run
sweep        what moves without a modification time: stock, balances
images       pictures that Zoho changed or that are damaged here
backfill     older documents, as many as today's calls allow
plan         how the day's calls are divided and when the history will be complete; calls nobody
self-test    asks each list whether it honours its filter
start        <mode> [entity…]: queued for the running service; --dry-run says what it costs
list         runs, newest first, by --entity, --mode, --status; show <run>: how far one is
pause        <run>, or --mode and --entity, or all work that calls Zoho; resume: the same; pauses: what is held
cancel       <run>: nothing deleted, no cursor moved
schedules    the timetable; schedule <task> [--cron <pattern>|--every <minutes>] [--on|--off] or --now
cursors      how far the lists were read; cursors <entity> --since <day> sets one back
shares       of the day's calls: --reserve and --backfill change them
Ctrl-C stops it in order; the next run of the same kind goes on where it stopped.`,
  options: {
    since: { type: 'string', value: 'day', about: 'documents from then on: 2025-01-31, 90d, 6m, 2y or all' },
    limit: { type: 'string', value: 'n', about: 'at most so many documents of each entity' },
    mode: { type: 'string', value: 'mode', about: 'list, pause, resume: runs of this mode' },
    entity: { type: 'string', value: 'name', about: 'list, pause, resume: runs of this entity' },
    status: { type: 'string', value: 'status', about: 'list: such as running, settled, cancelled' },
    cron: { type: 'string', value: 'pattern', about: 'schedule: five fields, or default' },
    every: { type: 'string', value: 'minutes', about: 'schedule: a whole part of an hour or a day' },
    on: { type: 'boolean', about: 'schedule: runs again' },
    off: { type: 'boolean', about: 'schedule: runs no more' },
    now: { type: 'boolean', about: 'schedule: as soon as the service gets to it' },
    reserve: { type: 'string', value: 'percent', about: 'shares: of a day, for live work' },
    backfill: { type: 'string', value: 'percent', about: 'shares: of a day, for older documents' },
    'dry-run': { type: 'boolean', about: 'start, cursors: only say what it would cost' },
    reason: { type: 'string', value: 'text', about: 'for the audit trail' },
    'accept-mass-change': {
      type: 'boolean',
      about: 'go on where more than a fifth would become zero, inactive or deleted',
    },
  },
  async run({ positionals, values, ...terminal }) {
    const [word, ...names] = positionals
    if (word === 'plan') return showPlan(terminal)
    if (word === 'self-test') return testLists(terminal)
    if (word !== undefined && verbs.includes(word)) return control(word, names, values, terminal)
    const mode = modes.find((each) => each === word)
    if (!mode) throw usageError(wrongMode(word))
    const chosen = {
      mode,
      names,
      acceptMassChange: values['accept-mass-change'] ?? false,
      ...(values.since !== undefined && { since: parseSince(values.since, new Date()) }),
      ...(values.limit !== undefined && { limit: wholeNumber(values.limit) }),
    }
    return withContext(terminal, { kind: 'working' }, (ctx) => synchronise(ctx, chosen, terminal))
  },
})

async function synchronise(
  ctx: Context,
  chosen: Omit<SyncRunsOptions, 'trigger' | 'progress' | 'signal'>,
  { out, signal }: Pick<Terminal, 'out' | 'signal'>,
): Promise<number> {
  const { mode, names } = chosen
  ctx.sync.entitiesFor(mode, names)
  const progress = createProgress(out.stderr, ctx.clock)
  const runs = await syncRuns(ctx, { ...chosen, trigger: 'cli', progress, signal })
  const good = runs.every((run) => run.status === 'settled' && run.failed === 0)
  const figures = await Promise.all(runs.map((run) => callsOf(ctx.database.db, ctx.entities, run)))
  for (const each of figures) out.line(`${each.run.entity_type}: ${wordsOf(each.run)}; ${callWords(each)}`)
  if (mode === 'backfill' && runs.length === 0) out.line('Nothing waits, or the day has no calls left for it.')
  if (!good && !signal.aborted)
    out.line('Not everything is done; npm run tds -- status says what waits, dlq list what failed.')
  const { pending } = await readDepth(ctx.database.db)
  if (pending > 0) out.line(`${pending} follow-ups rest in the queue; the service or the next sync takes them up.`)
  const shown = figures.map(({ run, ...calls }): Run & typeof calls => ({ ...run, ...calls }))
  out.document({ mode, ok: good, pending, runs: shown })
  return good ? 0 : 1
}

function showPlan({ out, ...terminal }: Terminal): Promise<number> {
  return withContext({ out, ...terminal }, { kind: 'reading' }, async (ctx) => {
    const plan = await ctx.planner.plan()
    for (const line of planLines(plan)) out.line(line)
    out.document(plan)
    return 0
  })
}

function testLists({ out, signal, ...terminal }: Terminal): Promise<number> {
  return withContext({ out, signal, ...terminal }, { kind: 'reading' }, async (ctx) => {
    const verdicts = await ctx.sync.testFilters(signal)
    const rows = verdicts.map((each) => [
      each.entity_type,
      each.parameter,
      each.honoured ? 'honoured' : 'ignored',
      each.tested_at.toISOString(),
      each.detail,
    ])
    for (const line of formatTable(['list', 'parameter', 'verdict', 'tested at', ''], rows)) out.line(line)
    out.document({ verdicts })
    return 0
  })
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw usageError(`--limit wants a whole number, not ${text}`)
  return value
}

function wrongMode(word: string | undefined): string {
  if (word === undefined) return `Which sync? One of ${words.join(', ')}`
  const known = nearest(word, words)
  return `There is no ${word} sync${known ? `; did you mean ${known}?` : `; one of ${words.join(', ')}`}`
}
