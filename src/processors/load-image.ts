import type { Tx } from '../../db/index.ts'
import { type ClaimedItem, complete, fence, holdsLease, inSerialOrder, type Settlement } from '../queue/index.ts'
import type { Permit } from '../zoho/index.ts'
import { tellEnded } from './observer.ts'
import { type SettleDeps, settleFailures } from './settle-failures.ts'

/** What the image loader answers for one item; see the images room. */
export interface ImageEffect {
  readonly outcome: Settlement['outcome']
  readonly reason?: string
  apply?(tx: Tx): Promise<void>
  afterCommit?(): Promise<void>
}

export type LoadImage = (
  item: ClaimedItem,
  options: { permit: Permit; holdsLease: () => Promise<boolean>; signal: AbortSignal },
) => Promise<ImageEffect>

export interface LoadDeps extends SettleDeps {
  readonly loadImage: LoadImage
}

/** A claimed picture: loaded with the permit in hand, then its row and the end of its item in one transaction. */
export async function loadClaimed(
  deps: LoadDeps,
  item: ClaimedItem,
  { permit, signal, slot }: { permit: Permit; signal: AbortSignal; slot: number },
): Promise<readonly Settlement[]> {
  const { db, loadImage } = deps
  try {
    const effect = await loadImage(item, { permit, signal, holdsLease: () => holdsLease(db, item) })
    const settlements = await inSerialOrder(() =>
      db.transaction().execute(async (tx) => {
        const ours = await fence(tx, [item])
        if (ours.length === 0) return []
        await effect.apply?.(tx)
        const settlement = {
          item,
          outcome: effect.outcome,
          ...(effect.reason !== undefined && { reason: effect.reason }),
        }
        await complete(tx, [settlement], slot)
        return [settlement]
      }),
    )
    for (const { outcome } of settlements) tellEnded(deps, { item, result: outcome })
    await effect.afterCommit?.()
    return settlements
  } catch (error) {
    await settleFailures(deps, [{ item, error }], slot)
    return []
  }
}
