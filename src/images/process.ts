import { createHash } from 'node:crypto'
import type { Db } from '../../db/index.ts'
import { errorCode, TdsError } from '../errors.ts'
import type { ClaimedItem } from '../queue/index.ts'
import type { Zoho } from '../zoho/index.ts'
import { decide } from './decide.ts'
import { type Download, download } from './download.ts'
import { effectOf } from './effect.ts'
import type { Inspect } from './inspect.ts'
import { fileNameFor } from './names.ts'
import type { ScopePause } from './pause.ts'
import { type ItemState, readState } from './state.ts'
import type { ImageStore } from './store.ts'
import type { Suspects } from './suspects.ts'
import type { Fact, ImageEffect, Picture, ProcessOptions } from './types.ts'

export interface ProcessDeps {
  readonly db: Db
  readonly zoho: Pick<Zoho, 'getBytes'>
  readonly store: ImageStore
  readonly inspect: Inspect
  readonly pause: ScopePause
  readonly suspects: Suspects
  readonly maxBytes: number
  /** Each picture that was downloaded. */
  readonly onBytes?: ((bytes: number) => void) | undefined
  /** Removes a file unless some row names it. */
  readonly discard: (fileName: string) => Promise<void>
}

type Process = (item: Pick<ClaimedItem, 'sourceEntityId'>, options: ProcessOptions) => Promise<ImageEffect>

/**
 * Brings the picture of one item to what Zoho has: at most one call, none when the rows and the file already agree.
 * The file is published before the rows are committed, so a kill in between leaves a file, never a row without one.
 */
export function createProcess(deps: ProcessDeps): Process {
  const { db, store, pause, suspects } = deps

  return async (item, options) => {
    const itemId = item.sourceEntityId
    const state = await readState(db, itemId)
    const decision = decide(state)
    const fileStands = decision !== 'clear' && decision !== 'fetch' && (await fileIsAsRecorded(state.fact))
    if (decision === 'fetch' || (decision !== 'clear' && !fileStands)) return await fetch(itemId, state, options)
    await options.permit.cancel()
    if (decision === 'unchanged') return { outcome: 'unchanged' }
    const fact = decision === 'derive' ? state.fact : undefined
    return effect(itemId, state, fact ?? { status: 'none', version: null, reason: null }, state.readAt)
  }

  async function fetch(itemId: string, state: ItemState, options: ProcessOptions): Promise<ImageEffect> {
    const entry = await pause.enter().catch(async (error: unknown) => {
      await options.permit.cancel()
      throw error
    })
    const answer = await call(itemId, options)
    if (entry === 'probe') await pause.end()
    const fact = answer.status === 'bytes' ? await take(itemId, state, answer.bytes, options) : answer
    return effect(itemId, state, { ...withoutReadAt(fact), version: state.wanted }, answer.readAt)
  }

  async function call(itemId: string, { permit, signal }: ProcessOptions): Promise<Download> {
    try {
      return await download(deps.zoho, itemId, { permit, maxBytes: deps.maxBytes, signal })
    } catch (error) {
      throw errorCode(error) === 'ZOHO_SCOPE' ? await pause.begin(error) : error
    }
  }

  /** Bytes → the published picture, or why there is none. */
  async function take(itemId: string, state: ItemState, bytes: Buffer, options: ProcessOptions): Promise<Verdict> {
    deps.onBytes?.(bytes.length)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const found = await deps.inspect(bytes)
    if (found.status === 'broken' && !suspects.seenAgain(itemId, sha256)) throw maybeCut(found.reason)
    suspects.forget(itemId)
    if (found.status !== 'present') return found
    const { contentType, width, height } = found
    const fileName = fileNameFor(itemId, state.wanted?.imageName ?? null, found.extension)
    const picture = { status: 'present', fileName, sha256, bytes: bytes.length, contentType, width, height } as const
    const sameFile =
      state.fact?.status === 'present' && state.fact.fileName === fileName && state.fact.sha256 === sha256
    if (!sameFile || !(await fileIsAsRecorded(state.fact))) await store.publish(fileName, bytes, options)
    return picture
  }

  async function fileIsAsRecorded(fact: Fact | undefined): Promise<boolean> {
    if (fact?.status !== 'present') return true
    const file = await store.open(fact.fileName)
    await file?.close()
    return file?.sha256 === fact.sha256
  }

  function effect(itemId: string, state: ItemState, fact: Fact, readAt: string): ImageEffect {
    return effectOf({ finding: { itemId, fact, readAt }, before: state.fact, discard: deps.discard })
  }
}

type Verdict =
  | (Picture & { readonly status: 'present' })
  | { readonly status: Exclude<Fact['status'], 'present'>; readonly reason: string }

/** The read's time belongs to the finding, not to the fact. */
function withoutReadAt(verdict: Verdict): Verdict {
  if (verdict.status === 'present') return verdict
  return { status: verdict.status, reason: verdict.reason }
}

const maybeCut = (reason: string) =>
  new TdsError('IMAGE_BROKEN', 'transient', `The picture came damaged (${reason}); it may have been cut on its way`)
