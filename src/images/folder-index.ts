import type { Clock } from '../runtime/index.ts'
import { parseFileName } from './names.ts'
import type { ImageStore } from './store.ts'

/** Which file an item has, from the folder alone: for the time the database is away. */
export interface FolderIndex {
  fileOf(itemId: string): Promise<string | undefined>
}

/** The folder is read when first asked and again when what was read is older than `freshMs`. */
export function createFolderIndex(store: ImageStore, clock: Clock, freshMs = 10_000): FolderIndex {
  let reading: Promise<ReadonlyMap<string, readonly string[]>> | undefined
  let readAt = Number.NEGATIVE_INFINITY

  return {
    async fileOf(itemId) {
      if (!reading || clock.now() - readAt > freshMs) {
        readAt = clock.now()
        reading = readFolder()
        reading.catch(() => (reading = undefined))
      }
      const names = (await reading).get(itemId) ?? []
      return names.length > 1 ? await latest(names) : names[0]
    },
  }

  async function readFolder() {
    const byItem = new Map<string, string[]>()
    for await (const { name, kind } of store.entries()) {
      const itemId = kind === 'ours' ? parseFileName(name)?.itemId : undefined
      if (itemId === undefined) continue
      const names = byItem.get(itemId)
      if (names) names.push(name)
      else byItem.set(itemId, [name])
    }
    return byItem
  }

  /** Between a replacement and the removal of the old file an item has two. */
  async function latest(names: readonly string[]): Promise<string | undefined> {
    let best: { name: string; at: number } | undefined
    for (const name of names) {
      const file = await store.open(name)
      await file?.close()
      const at = file?.modifiedAt.getTime()
      if (at !== undefined && (!best || at > best.at)) best = { name, at }
    }
    return best?.name
  }
}
