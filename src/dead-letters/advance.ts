import { sql, type Tx } from '../../db/index.ts'
import { inSerialOrder } from '../queue/index.ts'
import { readAgain } from './read-again.ts'
import type { DeadLettersDeps } from './types.ts'

/** Letters a transaction takes: short locks, and a cancellation is heard soon. */
const atOnce = 500

interface Part {
  readonly batchId: string
  readonly letters: readonly { readonly id: number; readonly entity_type: string; readonly source_entity_id: string }[]
}

/**
 * Requeues the next letters of a running batch, the oldest or the one named. Several processes may call it: one works on
 * a batch at a time, and a part that was committed is never done again.
 * @returns whether there was anything to do
 */
export async function advance(
  deps: Pick<DeadLettersDeps, 'db' | 'entities' | 'onRequeued'>,
  batchId?: string,
): Promise<boolean> {
  const requeued = await inSerialOrder(() => deps.db.transaction().execute((tx) => advanceIn(tx, deps, batchId)))
  if (requeued !== null) deps.onRequeued?.(requeued)
  return requeued !== null
}

/** @returns how many letters were requeued; null when there was nothing to do */
export async function advanceIn(
  tx: Tx,
  { entities }: Pick<DeadLettersDeps, 'entities'>,
  batchId?: string,
): Promise<number | null> {
  const part = await nextPart(tx, batchId)
  if (!part) return null
  const { letters, batchId: of } = part
  const open = letters.map(({ id, entity_type: entityType, source_entity_id: sourceEntityId }) => ({
    id,
    entityType,
    sourceEntityId,
  }))
  await readAgain(tx, entities, open, { batchId: of })
  return letters.length
}

/** Takes letters off the batch's list and counts them; only open ones are answered. */
async function nextPart(tx: Tx, batchId: string | undefined): Promise<Part | undefined> {
  const { rows: batches } = await sql<{ id: string; taken_to: number }>`
    select id, taken_to from tds_dlq_batches
    where confirmed_at is not null and finished_at is null and cancelled_at is null
      and ${batchId === undefined ? sql`true` : sql`id = ${batchId}`}
    order by confirmed_at limit 1 for update skip locked`.execute(tx)
  const [batch] = batches
  if (!batch) return undefined
  const { rows: taken } = await sql<Part['letters'][number] & { resolved: boolean }>`
    select m.letter_id as id, l.entity_type, l.source_entity_id, l.resolved
    from tds_dlq_batch_letters m join tds_dead_letter_queue l on l.id = m.letter_id
    where m.batch_id = ${batch.id} and m.letter_id > ${batch.taken_to} order by m.letter_id limit ${atOnce}`.execute(tx)
  const letters = taken.filter(({ resolved }) => !resolved)
  await sql`
    update tds_dlq_batches set done = done + ${taken.length}, requeued = requeued + ${letters.length},
      taken_to = ${taken.at(-1)?.id ?? batch.taken_to},
      finished_at = case when done + ${taken.length} >= total then clock_timestamp() end
    where id = ${batch.id}`.execute(tx)
  return { batchId: batch.id, letters }
}
