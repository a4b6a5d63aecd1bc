import type { Db, Tx } from '../../db/index.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import type { Permit, Zoho } from '../zoho/index.ts'

/** `product_images` rows and queue items of pictures carry this name. */
export const entityType = 'product_images'

/** Which picture Zoho says an item has; a replaced one gets a new document id. */
export interface Version {
  readonly documentId: string | null
  readonly imageName: string | null
}

export type ImageStatus = 'present' | 'none' | 'broken' | 'refused' | 'too_large'

interface FactBase {
  /** What the fact is about; null when the item has no picture to ask for. */
  readonly version: Version | null
}

export interface Picture {
  readonly fileName: string
  readonly sha256: string
  readonly bytes: number
  readonly contentType: string
  readonly width: number | null
  readonly height: number | null
}

/** What is known about the picture of one item: a row of `product_images`. */
export type Fact =
  | (FactBase & Picture & { readonly status: 'present' })
  | (FactBase & { readonly status: Exclude<ImageStatus, 'present'>; readonly reason: string | null })

/** What the worker does with an item, in one transaction with its settle. */
export interface ImageEffect {
  /** Read it after `apply`: a fact overtaken meanwhile is `stale` and writes nothing. */
  readonly outcome: 'written' | 'unchanged' | 'stale' | 'skipped'
  readonly reason?: string
  apply?(tx: Tx): Promise<void>
  /** Removes the file no row names any more; when it is not called, or fails, the next sweep does it. */
  afterCommit?(): Promise<void>
}

export interface ProcessOptions {
  /** One call's slot; given back here when the item needs no call. */
  readonly permit: Permit
  readonly holdsLease: () => Promise<boolean>
  readonly signal: AbortSignal
}

export interface ImagesDeps {
  readonly db: Db
  readonly zoho: Pick<Zoho, 'getBytes'>
  readonly config: { readonly dir: string; readonly maxBytes: number }
  readonly log: Logger
  readonly clock: Clock
  /** Each picture that was downloaded. */
  readonly onBytes?: (bytes: number) => void
}
