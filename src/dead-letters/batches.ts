import { type Db, sql, type Tx } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { inputError } from '../errors.ts'
import { openOf } from './filter.ts'
import type { Choice, Sample } from './types.ts'

export interface Batch {
  readonly id: string
  readonly filter: unknown
  readonly frozen_at: Date
  readonly total: number
  /** Letters that were looked at; those closed in the meantime included. */
  readonly done: number
  /** Letters whose record is read again because of this batch. */
  readonly requeued: number
  readonly actor: string
  readonly reason: string
  readonly created_at: Date
  /** null: a preview nobody confirmed. */
  readonly confirmed_at: Date | null
  readonly finished_at: Date | null
  readonly cancelled_at: Date | null
  readonly cancelled_by: string | null
}

export type BatchState = 'preview' | 'running' | 'done' | 'cancelled'

export function stateOf({ confirmed_at, finished_at, cancelled_at }: Batch): BatchState {
  if (cancelled_at) return 'cancelled'
  if (finished_at) return 'done'
  return confirmed_at ? 'running' : 'preview'
}

export interface Author {
  readonly actor: string
  readonly reason: string
}

/** Names every open letter of the choice in a new set. Previews of the day before are forgotten. */
export async function freeze(tx: Tx, id: string, choice: Choice, { actor, reason }: Author): Promise<Batch> {
  await sql`delete from tds_dlq_batches where confirmed_at is null and created_at < clock_timestamp() - interval '1 day'`.execute(
    tx,
  )
  const { ids, filter } = choice
  await sql`
    insert into tds_dlq_batches (id, filter, frozen_at, total, actor, reason)
    values (${id}, ${JSON.stringify(ids ? { ids } : filter)}::jsonb, clock_timestamp(), 0, ${actor}, ${reason})`.execute(
    tx,
  )
  const { rows } = await sql<Batch>`
    with letters as (
      insert into tds_dlq_batch_letters (batch_id, letter_id)
      select ${id}, l.id from tds_dead_letter_queue l where ${openOf(choice)} returning letter_id
    )
    update tds_dlq_batches set total = (select count(*) from letters) where id = ${id} returning *`.execute(tx)
  return must(rows[0], id)
}

/** @throws TdsError `DLQ_BATCH_NOT_FOUND` */
export async function getBatch(db: Db, id: string): Promise<Batch> {
  return must(await findBatch(db, id), id)
}

export function findBatch(db: Db, id: string): Promise<Batch | undefined> {
  return db.selectFrom('tds_dlq_batches').selectAll().where('id', '=', id).executeTakeFirst()
}

function must(batch: Batch | undefined, id: string): Batch {
  if (batch) return batch
  throw inputError('DLQ_BATCH_NOT_FOUND', `There is no batch or preview ${id}; a preview is kept for a day`, 404)
}

/** From a preview to work; false when it was confirmed before, so that a second confirmation does nothing. */
export async function confirm(tx: Tx, id: string, { actor, reason }: Author): Promise<boolean> {
  const { rows } = await sql<Batch>`
    update tds_dlq_batches set confirmed_at = clock_timestamp(), actor = ${actor}, reason = ${reason},
      finished_at = case when total = 0 then clock_timestamp() end
    where id = ${id} and confirmed_at is null returning *`.execute(tx)
  const [batch] = rows
  if (!batch) return false
  const { filter, total, frozen_at } = batch
  const chosen = { ...Object(filter), batch_id: id, frozen_at }
  const subject = 'tds_dead_letter_queue'
  if (total > 0) await record(tx, { action: 'dlq.requeue', actor, reason, affected: total, filter: chosen, subject })
  return true
}

/** What was requeued stays so; the rest is left alone. @throws TdsError `DLQ_BATCH_NOT_RUNNING` */
export async function cancel(db: Db, id: string, { actor, reason }: Author): Promise<Batch> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<Batch>`
      update tds_dlq_batches set cancelled_at = clock_timestamp(), cancelled_by = ${actor}
      where id = ${id} and confirmed_at is not null and finished_at is null and cancelled_at is null returning *`.execute(
      tx,
    )
    const [batch] = rows
    if (!batch) throw notRunning(await getBatch(tx, id))
    const { total, done } = batch
    await record(tx, {
      action: 'dlq.cancel',
      actor,
      reason,
      affected: total - done,
      filter: { batch_id: id },
      subject: 'tds_dlq_batches',
    })
    return batch
  })
}

const notRunning = (batch: Batch) =>
  inputError('DLQ_BATCH_NOT_RUNNING', `Batch ${batch.id} is ${stateOf(batch)}: nothing is left to cancel`, 409)

/** The first letters of a set, open or not by now. */
export async function samplesOf(db: Db, id: string): Promise<readonly Sample[]> {
  const { rows } = await sql<Sample>`
    select l.id, l.entity_type, l.source_entity_id, l.error_code
    from tds_dlq_batch_letters m join tds_dead_letter_queue l on l.id = m.letter_id
    where m.batch_id = ${id} order by m.letter_id limit 10`.execute(db)
  return rows
}

export async function countByEntity(db: Db, id: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ entity_type: string; n: number }>`
    select l.entity_type, count(*) as n
    from tds_dlq_batch_letters m join tds_dead_letter_queue l on l.id = m.letter_id
    where m.batch_id = ${id} group by 1 order by 1`.execute(db)
  return new Map(rows.map(({ entity_type, n }) => [entity_type, n]))
}

/** Open letters that the same choice would find now and the frozen set does not hold. */
export async function arrivedSince(db: Db, batch: Batch, choice: Choice): Promise<number> {
  if (choice.ids) return 0
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from tds_dead_letter_queue l
    where ${openOf(choice)} and not exists (
      select from tds_dlq_batch_letters m where m.batch_id = ${batch.id} and m.letter_id = l.id)`.execute(db)
  return rows[0]?.n ?? 0
}
