import type { Db } from '../../db/index.ts'
import { bury, type ClaimedItem, decideRetry, fail, fence, inSerialOrder, snooze } from '../queue/index.ts'
import type { Clock } from '../runtime/index.ts'

export interface FailedItem {
  readonly item: ClaimedItem
  readonly error: unknown
}

/** Ends attempts that threw, each by the class of its error, in one transaction. */
export async function settleFailures(db: Db, clock: Clock, failed: readonly FailedItem[], slot: number): Promise<void> {
  if (failed.length === 0) return
  await inSerialOrder(() =>
    db.transaction().execute(async (tx) => {
      const ours = new Set(
        await fence(
          tx,
          failed.map(({ item }) => item),
        ),
      )
      const decided = failed
        .filter(({ item }) => ours.has(item))
        .map(({ item, error }) => ({
          item,
          error,
          decision: decideRetry(error, item.attempts, clock.now(), clock.random),
        }))
      await fail(
        tx,
        decided.flatMap(({ item, error, decision }) =>
          decision.kind === 'retry' ? { item, error, delayMs: decision.delayMs } : [],
        ),
        slot,
      )
      await snooze(
        tx,
        decided.flatMap(({ item, decision }) =>
          decision.kind === 'snooze' ? { item, retryAt: decision.retryAt, reason: decision.reason } : [],
        ),
      )
      await bury(
        tx,
        decided.flatMap(({ item, error, decision }) => (decision.kind === 'bury' ? { item, error } : [])),
        slot,
      )
    }),
  )
}
