import { enqueue, inSerialOrder, priorities } from '../../queue/index.ts'
import { alertHeld, isMass, resolveHeld } from '../hold.ts'
import { note } from '../ledger.ts'
import { obstacleOf } from '../obstacle.ts'
import { noteTries, triable } from '../tries.ts'
import type { HealingDeps, Pass, PassOptions } from '../types.ts'

const action = 'missing-files'

/** Files a pass opens: at the default pace ten thousand pictures take eight hours. */
const atOnce = 200

type Deps = Pick<HealingDeps, 'db' | 'zoho' | 'images' | 'wake'>

/**
 * Rows that say a picture is there are compared with the folder, some at a time and on from where the last pass ended.
 * What is missing or damaged is downloaded again. So many at once that the folder itself must be gone are left alone:
 * fetching them would fill the wrong disk.
 */
export function createFilesPass(deps: Deps) {
  const { db, images, zoho } = deps
  return async ({ limit, dryRun, signal, position }: PassOptions): Promise<Pass> => {
    const { checked, damaged, next } = await images.verifySome(position ?? '', atOnce, signal)
    const wanted = await triable(db, action, images.entityType, damaged)
    const found = { found: wanted.length, healed: 0, samples: wanted.slice(0, 10), position: next }
    if (isMass(damaged.length, checked)) {
      const words = `${damaged.length} of ${checked} picture files are missing or damaged: is the image folder mounted?`
      if (!dryRun) await alertHeld(db, action, '', words)
      return { ...found, held: words }
    }
    if (!dryRun && checked > 0) await resolveHeld(db, action, '')
    const held =
      obstacleOf(await zoho.state(), 'inventory') ?? ((await images.pausedUntil()) ? 'images are paused' : null)
    if (wanted.length === 0 || held || dryRun) return { ...found, held: wanted.length > 0 ? held : null }
    const chosen = wanted.slice(0, limit)
    await fetchAgain(deps, chosen)
    // What was too much for this pass is found by the next one.
    return { ...found, healed: chosen.length, held: null, position: chosen.length < wanted.length ? position : next }
  }
}

async function fetchAgain({ db, images, wake }: Deps, ids: readonly string[]): Promise<void> {
  const targets = ids.map((sourceEntityId) => ({ entityType: images.entityType, sourceEntityId }))
  const request = { lane: 'image', priority: priorities.image, isBulk: true, cause: 'repair' } as const
  await inSerialOrder(() =>
    db.transaction().execute(async (tx) => {
      await enqueue(
        tx,
        targets.map((target) => ({ ...target, ...request })),
      )
      await noteTries(tx, action, targets)
      await note(tx, action, {
        affected: ids.length,
        subject: images.entityType,
        reason: 'the file was missing or damaged',
        filter: { ids: ids.slice(0, 100) },
      })
    }),
  )
  wake()
}
