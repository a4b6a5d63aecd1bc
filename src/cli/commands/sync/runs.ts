import type { Context } from '../../../context.ts'
import type { Change, Pause, Target } from '../../../pauses/index.ts'
import type { RunFilter, RunView } from '../../../sync/index.ts'
import { duration } from '../../bar.ts'
import { type Terminal, usageError } from '../../command.ts'
import { withContext } from '../../session.ts'
import { wordsOf } from '../../sync-runs.ts'
import { formatTable } from '../../table.ts'

const reading = { kind: 'reading' } as const
const clock = (time: Date | string) => new Date(time).toISOString().slice(0, 19)

export const changeOf = (reason: string | undefined, instead: string): Change => ({
  actor: 'cli',
  reason: reason ?? instead,
})

/** `sync list` */
export function listRuns(terminal: Terminal, filter: RunFilter): Promise<number> {
  const { out } = terminal
  return withContext(terminal, reading, async ({ syncs }) => {
    const page = await syncs.list(filter)
    const rows = page.items.map((run) => [
      run.id,
      run.entity_type,
      run.mode,
      run.status,
      clock(run.started_at),
      figures(run),
    ])
    if (rows.length === 0) out.line('There are no runs of that kind.')
    else tableOf(out, ['run', 'entity', 'mode', 'status', 'started', ''], rows)
    if (page.next !== null) out.line(`${page.total} in all; --limit shows more.`)
    out.document(page)
    return 0
  })
}

/** `sync show <id>` */
export function showRun(terminal: Terminal, id: number): Promise<number> {
  const { out } = terminal
  return withContext(terminal, reading, async ({ syncs }) => {
    const run = await syncs.get(id)
    out.line(`Run ${run.id}: ${run.mode} of ${run.entity_type}, ${run.status}, ${wordsOf(run)}`)
    if (run.paused)
      out.line(`  paused by ${run.paused.paused_by} since ${clock(run.paused.paused_at)}: ${run.paused.reason}`)
    out.line(`  phase ${run.phase}, page ${run.next_page}, ${run.calls_used} calls, ${run.unsettled} items not ended`)
    if (run.per_minute !== null) out.line(`  ${run.per_minute} a minute${left(run.seconds_left)}`)
    for (const each of run.errors)
      out.line(`  ${each.source_entity_id}  ${each.error_code}  ${each.error_message?.slice(0, 80)}`)
    out.document(run)
    return 0
  })
}

const left = (seconds: number | null): string => (seconds === null ? '' : `, about ${duration(seconds)} left`)

/** `sync start`: the running service works on it. */
export function startRuns(
  terminal: Terminal,
  request: Omit<Parameters<Context['syncs']['start']>[0], 'trigger'>,
  { dryRun, reason }: { readonly dryRun: boolean; readonly reason: string | undefined },
): Promise<number> {
  const { out } = terminal
  return withContext(terminal, reading, async ({ syncs }) => {
    if (dryRun) {
      const cost = await syncs.cost(request)
      const rows = cost.entities.map((each) => [
        each.entity,
        each.records,
        each.documents,
        each.calls.books,
        each.calls.inventory,
      ])
      tableOf(out, ['entity', 'records', 'documents', 'Books calls', 'Inventory calls'], rows)
      out.line(`${cost.calls} call(s), about ${cost.minutes} minute(s).`)
      for (const note of cost.notes) out.line(note)
      out.document(cost)
      return 0
    }
    const runs = await syncs.start({ ...request, trigger: 'cli' }, changeOf(reason, 'started on the command line'))
    for (const run of runs) out.line(`Run ${run.id}: ${run.mode} of ${run.entity_type} is queued for the service.`)
    out.document({ runs: runs.map(({ id, entity_type, mode, status }) => ({ id, entity_type, mode, status })) })
    return 0
  })
}

/** `sync pauses` */
export function listPauses(terminal: Terminal): Promise<number> {
  const { out } = terminal
  return withContext(terminal, reading, async ({ syncs }) => {
    const items = await syncs.pauses()
    if (items.length === 0) out.line('Nothing is paused.')
    else tableOf(out, ['paused', 'since', 'by', 'why'], items.map(cells))
    out.document({ items, total: items.length, next: null })
    return 0
  })
}

const cells = ({ target, paused_at, paused_by, reason }: Pause) => [target, clock(paused_at), paused_by, reason]

/** What `sync pause` and `sync resume` mean: a run by its id, or runs by mode and entity; neither is all Zoho work. */
export function targetOf(
  word: string | undefined,
  { mode, entity }: { readonly mode: string | undefined; readonly entity: string | undefined },
): Target {
  if (word !== undefined) {
    if (mode !== undefined || entity !== undefined) throw usageError('Either a run, or --mode and --entity')
    return { kind: 'run', runId: runId(word) }
  }
  return mode === undefined && entity === undefined ? { kind: 'zoho' } : { kind: 'runs', mode, entityType: entity }
}

export function pause(terminal: Terminal, target: Target, reason: string | undefined): Promise<number> {
  if (reason === undefined) throw usageError('Why? --reason is shown in health until somebody resumes it')
  return withContext(terminal, reading, async ({ syncs }) => {
    const paused = await syncs.pause(target, changeOf(reason, ''))
    terminal.out.line(`${paused.target} is paused; what is in work ends. sync resume lets it go on.`)
    terminal.out.document(paused)
    return 0
  })
}

export function resume(terminal: Terminal, target: Target, reason: string | undefined): Promise<number> {
  return withContext(terminal, reading, async ({ syncs }) => {
    await syncs.resume(target, changeOf(reason, 'resumed on the command line'))
    terminal.out.line('It goes on; the running service takes it up within seconds.')
    terminal.out.document({ resumed: true })
    return 0
  })
}

/** `sync cancel <id>` */
export function cancel(terminal: Terminal, word: string | undefined, reason: string | undefined): Promise<number> {
  const id = runId(word)
  return withContext(terminal, reading, async ({ syncs }) => {
    const { run, dropped, left } = await syncs.cancel(id, changeOf(reason, 'cancelled on the command line'))
    terminal.out.line(`Run ${id} is cancelled: ${dropped} item(s) dropped, ${left} left to others. No cursor moved.`)
    terminal.out.document({ run, dropped, left })
    return 0
  })
}

export function runId(word: string | undefined): number {
  const id = Number(word)
  if (Number.isSafeInteger(id) && id > 0) return id
  throw usageError(`${word ?? 'Nothing'} is no id of a run; sync list shows them`)
}

const figures = (run: RunView): string => (run.status === 'queued' ? '' : wordsOf(run))

export function tableOf(out: Terminal['out'], ...[heads, rows]: Parameters<typeof formatTable>): void {
  for (const line of formatTable(heads, rows)) out.line(line)
}
