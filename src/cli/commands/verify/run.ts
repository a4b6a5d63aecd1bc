import { writeFile } from 'node:fs/promises'
import { verifyPage } from '../../../sync/index.ts'
import type { Terminal } from '../../command.ts'
import { createProgress } from '../../progress.ts'
import { withContext } from '../../session.ts'
import { verifyLines } from '../../verify-report.ts'

export interface RunVerifyOptions {
  readonly entityTypes: readonly string[]
  readonly repair: boolean
  readonly everyField: boolean
  readonly sample: number
  /** File for the page. */
  readonly html: string | undefined
  readonly reason: string | undefined
}

export function runVerify(terminal: Terminal, { html, ...request }: RunVerifyOptions): Promise<number> {
  const { out, signal } = terminal
  return withContext(terminal, { kind: request.repair ? 'working' : 'reading' }, async (ctx) => {
    const progress = createProgress(out.stderr, ctx.clock)
    const { report } = await ctx.verifications.run({
      ...request,
      trigger: 'cli',
      actor: 'cli',
      signal,
      onProgress: ({ entity, done, expected }) => progress.update(entity, { read: done, settled: done, expected }),
    })
    for (const line of verifyLines(report)) out.line(line)
    if (html) await writeFile(html, verifyPage(report, new Date(ctx.clock.now())))
    if (report.entities.some(({ requeued }) => requeued > 0)) {
      await ctx.verify.repaired(report, signal)
      out.line('What was enqueued has ended; verify again to see that nothing differs any more.')
    }
    out.document(report)
    return report.ok ? 0 : 1
  })
}
