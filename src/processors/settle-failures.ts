import type { Db, Tx } from '../../db/index.ts'
import { bury, type ClaimedItem, decideRetry, fail, fence, inSerialOrder, snooze } from '../queue/index.ts'
import type { Clock } from '../runtime/index.ts'
import { tellEnded, type WorkObserver } from './observer.ts'

export interface FailedItem {
  readonly item: ClaimedItem
  readonly error: unknown
}

export interface SettleDeps {
  readonly db: Db
  readonly clock: Clock
  readonly observer?: WorkObserver | undefined
}

/**
 * Ends attempts that threw, each by the class of its error, in one transaction.
 * @param also what is written with them
 */
export async function settleFailures(
  deps: SettleDeps,
  failed: readonly FailedItem[],
  slot: number,
  also: (tx: Tx) => Promise<void> = async () => {},
): Promise<void> {
  if (failed.length === 0) return
  const { db, clock } = deps
  const settled = await inSerialOrder(() =>
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
      await also(tx)
      return decided
    }),
  )
  for (const { item, decision } of settled)
    if (decision.kind !== 'snooze')
      tellEnded(deps, {
        item,
        result: decision.kind === 'bury' ? 'dead_letter' : 'failed',
        isOver: decision.kind === 'bury',
      })
}
