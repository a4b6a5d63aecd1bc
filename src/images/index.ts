import type { Db, Tx } from '../../db/index.ts'
import { errorCode } from '../errors.ts'
import type { ClaimedItem } from '../queue/index.ts'
import { createFind, type Find } from './find.ts'
import { createFolderIndex } from './folder-index.ts'
import { createInspector } from './inspect.ts'
import { type ImageListFilter, type ImagePage, listImages } from './list.ts'
import { unnamed } from './orphans.ts'
import { createScopePause } from './pause.ts'
import { drawPlaceholder, type Placeholder } from './placeholder.ts'
import { createProcess } from './process.ts'
import { type RecheckFilter, recheck } from './recheck.ts'
import { createStore } from './store.ts'
import type { StoredFile } from './stored-file.ts'
import { createSuspects } from './suspects.ts'
import { type SweepOptions, type SweepResult, sweep, verify, verifySome } from './sweep.ts'
import type { ImageEffect, ImagesDeps, ProcessOptions } from './types.ts'
import { type WantedPage, wanted } from './wanted.ts'

export type { ImageListFilter, ImagePage } from './list.ts'
export { publicPrefix, versionOf } from './names.ts'
export { scopeFingerprint } from './pause.ts'
export type { Placeholder } from './placeholder.ts'
export type { RecheckFilter } from './recheck.ts'
export type { StoredFile } from './stored-file.ts'
export type { SweepOptions, SweepResult } from './sweep.ts'
export { entityType, type ImageEffect, type ImageStatus, type ImagesDeps, type ProcessOptions } from './types.ts'
export type { WantedPage } from './wanted.ts'

export interface Images {
  /** One queue item of `product_images`; see createProcess. */
  process(item: Pick<ClaimedItem, 'sourceEntityId'>, options: ProcessOptions): Promise<ImageEffect>
  /** Item ids whose picture needs work; those with nothing new are not among them. */
  wanted(source: Db | Tx, itemIds?: readonly string[], page?: WantedPage): Promise<string[]>
  /** Removes orphans and temp files, verifies the rest; `damaged` are ids to enqueue. */
  sweep(options?: SweepOptions): Promise<SweepResult>
  /** The second half of a sweep alone. */
  verify(signal?: AbortSignal): Promise<{ checked: number; damaged: string[] }>
  /** The next files of that half, in id order; `next` is where to go on, null after the last. */
  verifySome(
    after: string,
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ checked: number; damaged: string[]; next: string | null }>
  /** Forgets remembered refusals; the ids to enqueue. */
  recheck(filter?: RecheckFilter): Promise<string[]>
  /** What is known of the items' pictures, page by page. */
  list(filter: ImageListFilter): Promise<ImagePage>
  /** Until when no picture is asked for, for want of Zoho's permission; null otherwise. */
  pausedUntil(): Promise<Date | null>
  /** The file name of an item's picture; by the folder while the database is away. */
  readonly find: Find
  /** A file by its name, or undefined for every name that is not a picture of ours. The caller streams or closes it. */
  open(fileName: string): Promise<StoredFile | undefined>
  placeholder(): Promise<Placeholder>
}

export function createImages({ db, zoho, config, log, clock, onBytes }: ImagesDeps): Images {
  const store = createStore(config.dir)
  const pause = createScopePause({ db })
  /** The rows are committed by now, so a file that stays is no failure of the item: the sweep removes it. */
  const discard = async (fileName: string) => {
    try {
      for (const name of await unnamed(db, [fileName])) await store.remove(name)
    } catch (error) {
      log.warn({ fileName, code: errorCode(error) }, 'A replaced image file stays until the next sweep')
    }
  }
  let placeholder: Promise<Placeholder> | undefined

  return {
    process: createProcess({
      db,
      zoho,
      store,
      pause,
      onBytes,
      discard,
      inspect: createInspector({ maxBytes: config.maxBytes }),
      suspects: createSuspects(),
      maxBytes: config.maxBytes,
    }),
    wanted,
    sweep: (options) => sweep({ db, store, clock, log }, options),
    verify: (signal) => verify({ db, store }, signal),
    verifySome: (after, limit, signal) => verifySome({ db, store }, after, limit, signal),
    recheck: (filter) => recheck(db, filter),
    list: (filter) => listImages(db, filter),
    pausedUntil: pause.until,
    find: createFind({ db, folder: createFolderIndex(store, clock), clock, log }),
    open: store.open,
    placeholder: () => (placeholder ??= drawPlaceholder()),
  }
}
