import { type Progress, wordsOf } from '../../src/cli/index.ts'
import type { Context } from '../../src/context.ts'
import type { Run } from '../../src/sync/index.ts'

/** The documents of all older rows, without asking the planner: nothing else wants these calls. */
export async function readHistory(ctx: Context, progress: Progress, signal: AbortSignal): Promise<readonly Run[]> {
  const runs: Run[] = []
  for (const { entity, pending } of (await ctx.planner.plan()).entities) {
    if (signal.aborted) break
    if (pending === 0) continue
    const name = `${entity} backfill`
    const onProgress = ({ fetched, written, unchanged, stale, skipped, failed }: Run) =>
      progress.update(name, {
        read: fetched,
        settled: written + unchanged + stale + skipped + failed,
        expected: pending,
      })
    const run = await ctx.sync.run({ entityType: entity, mode: 'backfill', trigger: 'demo' }, { signal, onProgress })
    progress.finish(name, wordsOf(run))
    runs.push(run)
  }
  return runs
}
