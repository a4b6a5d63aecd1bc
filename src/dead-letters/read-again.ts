import { sql, type Tx } from '../../db/index.ts'
import type { Entities } from '../entities/index.ts'
import { enqueue, priorities, type WorkRequest } from '../queue/index.ts'

export interface OpenLetter {
  readonly id: number
  readonly entityType: string
  readonly sourceEntityId: string
}

export interface ReadAgainOptions {
  /** The batch they belong to; null: TDS itself asked. */
  readonly batchId: string | null
  /** Yields to live work. @default false */
  readonly isBulk?: boolean
}

/** Has the records of these letters read again; a letter resolves itself when that succeeds. */
export async function readAgain(
  tx: Tx,
  entities: Pick<Entities, 'find'>,
  letters: readonly OpenLetter[],
  { batchId, isBulk = false }: ReadAgainOptions,
): Promise<void> {
  // Queue rows before letters, as everywhere: a settle holds its queue row when it resolves the letter.
  await enqueue(
    tx,
    letters.map(
      ({ entityType, sourceEntityId }): WorkRequest => ({
        entityType,
        sourceEntityId,
        lane: entities.find(entityType)?.lane ?? 'read',
        priority: isBulk ? priorities.full : priorities.stock,
        isBulk,
        cause: 'requeue',
      }),
    ),
  )
  await sql`
    update tds_dead_letter_queue set requeued_at = clock_timestamp(), requeue_batch_id = ${batchId}
    where id = any (${letters.map(({ id }) => id)}::bigint[])`.execute(tx)
}
