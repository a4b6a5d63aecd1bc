import { writeFile } from 'node:fs/promises'
import type { Context } from '../../../context.ts'
import { verifyPage } from '../../../sync/index.ts'
import type { Terminal } from '../../command.ts'
import { withContext } from '../../session.ts'
import { formatTable } from '../../table.ts'
import { verifyLines } from '../../verify-report.ts'

export function listRuns(
  terminal: Terminal,
  { entity, limit }: { readonly entity: string | undefined; readonly limit: number },
): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async ({ verifications }) => {
    const page = await verifications.list({ entity, limit })
    const rows = page.items.map((run) => [
      run.id,
      run.state,
      run.started_at.toISOString(),
      run.actor,
      run.entities.length,
      run.calls,
      run.differences,
      run.findings,
    ])
    const heads = ['comparison', 'state', 'started', 'by', 'entities', 'calls', 'differences', 'findings']
    if (rows.length === 0) terminal.out.line('Nothing was compared yet.')
    else for (const line of formatTable(heads, rows)) terminal.out.line(line)
    terminal.out.document(page)
    return 0
  })
}

/** 1 where it was not compared to the end, or something differs. */
export function showRun(terminal: Terminal, id: string, html: string | undefined): Promise<number> {
  const { out } = terminal
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const run = await find(ctx, id)
    const report = { ok: run.ok ?? false, calls: run.calls ?? 0, entities: await ctx.verifications.reports(run.id) }
    if (run.state === 'done') for (const line of verifyLines(report)) out.line(line)
    else out.line(`${run.id} is ${run.state}${run.error_message ? `: ${run.error_message}` : ''}`)
    if (html) await writeFile(html, verifyPage(report, run.finished_at ?? run.started_at))
    out.document({ ...run, report })
    return run.ok ? 0 : 1
  })
}

export function cancelRun(terminal: Terminal, id: string, reason: string): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const { id: known } = await find(ctx, id)
    const run = await ctx.verifications.cancel(known, { actor: 'cli', reason })
    terminal.out.line(`${run.id} was told to end.`)
    terminal.out.document(run)
    return 0
  })
}

export function repairRun(
  terminal: Terminal,
  id: string,
  request: { readonly previewId: string | undefined; readonly dryRun: boolean; readonly reason: string },
): Promise<number> {
  const { out } = terminal
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const { id: runId } = await find(ctx, id)
    const answer = await ctx.verifications.repairs.request({ ...request, runId, actor: 'cli' })
    const { count, samples, preview_id, estimate, batch_id } = answer
    for (const each of samples) out.line(`  ${each.entity_type} ${each.source_entity_id}: ${each.kind}`)
    if (count > samples.length) out.line(`  and ${count - samples.length} more`)
    if (estimate) {
      const time = estimate.minutes === null ? 'not now' : `about ${estimate.minutes} min`
      out.line(
        `${count} records would be read again: ${estimate.calls} calls, ${time}. --preview ${preview_id} does it.`,
      )
      for (const note of estimate.notes) out.line(note)
    } else {
      const goesOn = answer.state === 'running' ? '; the running service goes on with it' : ''
      out.line(count === 0 ? 'Nothing is left to repair.' : `${count} records are read again as ${batch_id}${goesOn}.`)
    }
    out.document(answer)
    return 0
  })
}

const find = ({ verifications }: Context, id: string) =>
  id === 'latest' ? verifications.latest() : verifications.get(id)
