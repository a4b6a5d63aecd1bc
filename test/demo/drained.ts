import type { Context } from '../../src/context.ts'
import { readDepth } from '../../src/queue/index.ts'

/** Resolves when the queue has nothing left: also what followed from a run, such as a second read of a record. */
export async function drained(ctx: Context, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { pending, processing, failed } = await readDepth(ctx.database.db)
    if (pending + processing + failed === 0) return
    await ctx.clock.sleep(100, signal)
  }
}
