import { v7 as uuidv7 } from 'uuid'
import { sql } from '../../db/index.ts'
import { type Estimate, estimate } from '../costs/index.ts'
import { inSerialOrder } from '../queue/index.ts'
import { advance, advanceIn } from './advance.ts'
import {
  arrivedSince,
  type Batch,
  type BatchState,
  confirm,
  countByEntity,
  findBatch,
  freeze,
  getBatch,
  samplesOf,
  stateOf,
} from './batches.ts'
import { readChoice } from './stored-choice.ts'
import type { Choice, DeadLettersDeps, Sample } from './types.ts'

export interface RequeueRequest extends Choice {
  /** Names the batch; one that was confirmed before is answered again and not repeated. */
  readonly batchId?: string | undefined
  readonly dryRun: boolean
  readonly reason: string
  readonly actor: string
}

export interface RequeueAnswer {
  /** Letters of the set. */
  readonly count: number
  /** null: nothing was requeued. */
  readonly batch_id: string | null
  readonly samples: readonly Sample[]
  readonly frozen_at: Date
  /** With a dry run: confirm by this. */
  readonly preview_id?: string
  readonly estimate?: Estimate
  /** Of a confirmed set: letters that the same choice would find now and that are left out. */
  readonly arrived_since?: number
  readonly state?: BatchState
}

/** More letters than this go on in the background; so many fit in the request. */
const inRequest = 500

/** A set is frozen, shown, confirmed and worked through; a preview only gets as far as being shown. */
export async function requeue(deps: DeadLettersDeps, request: RequeueRequest): Promise<RequeueAnswer> {
  return request.dryRun ? preview(deps, request) : run(deps, request)
}

async function preview(deps: DeadLettersDeps, { actor, reason, ...choice }: RequeueRequest): Promise<RequeueAnswer> {
  const { db } = deps
  const known = choice.previewId
  const batch = known
    ? await getBatch(db, known)
    : await db.transaction().execute((tx) => freeze(tx, uuidv7(), choice, { actor, reason }))
  return {
    count: batch.total,
    batch_id: null,
    samples: await samplesOf(db, batch.id),
    frozen_at: batch.frozen_at,
    preview_id: batch.id,
    estimate: await estimate(deps, await countByEntity(db, batch.id)),
  }
}

async function run(deps: DeadLettersDeps, request: RequeueRequest): Promise<RequeueAnswer> {
  const { db, onWork } = deps
  const { batchId, previewId, actor, reason } = request
  const id = previewId ?? batchId ?? uuidv7()
  if (previewId !== undefined) await getBatch(db, previewId)
  const requeued = await inSerialOrder(() =>
    db.transaction().execute(async (tx) => {
      // The same id twice at once: the second waits and finds it done.
      await sql`select pg_advisory_xact_lock(hashtextextended(${id}, 28))`.execute(tx)
      if (!(await findBatch(tx, id))) await freeze(tx, id, request, { actor, reason })
      if (!(await confirm(tx, id, { actor, reason }))) return null
      const { total } = await getBatch(tx, id)
      return total > 0 && total <= inRequest ? advanceIn(tx, deps, id) : null
    }),
  )
  if (requeued !== null) deps.onRequeued?.(requeued)
  onWork()
  return answer(deps, await getBatch(db, id))
}

async function answer({ db }: DeadLettersDeps, batch: Batch): Promise<RequeueAnswer> {
  return {
    count: batch.total,
    batch_id: batch.total === 0 ? null : batch.id,
    samples: await samplesOf(db, batch.id),
    frozen_at: batch.frozen_at,
    arrived_since: await arrivedSince(db, batch, readChoice(batch.filter)),
    state: stateOf(batch),
  }
}

/** Works a batch through to its end, for callers that have no background; others may work on it as well. */
export async function finish(
  deps: DeadLettersDeps,
  id: string,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (batch: Batch) => void },
): Promise<Batch> {
  for (;;) {
    const worked = await advance(deps, id)
    const batch = await getBatch(deps.db, id)
    onProgress?.(batch)
    if (stateOf(batch) !== 'running' || signal.aborted) return batch
    if (worked) deps.onWork()
    else await deps.clock.sleep(200, signal)
  }
}
