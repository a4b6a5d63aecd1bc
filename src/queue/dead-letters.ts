import { v7 as uuidv7 } from 'uuid'
import { type Db, sql, type Tx } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { inputError } from '../errors.ts'
import { enqueue } from './enqueue.ts'
import { priorities, type WorkRequest } from './types.ts'

export interface DeadLetter {
  readonly id: number
  readonly entity_type: string
  readonly source_entity_id: string
  readonly error_code: string
  readonly error_message: string
  readonly fingerprint: string
  readonly attempts: number
  readonly resolved: boolean
  readonly resolved_at: Date | null
  readonly resolved_by: string | null
  readonly resolution_note: string | null
  readonly requeued_at: Date | null
  readonly created_at: Date
}

export interface DeadLetterFilter {
  readonly entity_type?: string | undefined
  readonly error_code?: string | undefined
  readonly resolved?: boolean | undefined
}

export interface RequeueRequest {
  readonly ids?: readonly number[] | undefined
  readonly filter?: DeadLetterFilter | undefined
  readonly dryRun: boolean
  readonly reason: string
  readonly actor: string
}

export interface RequeueAnswer {
  readonly count: number
  readonly batch_id: string | null
  readonly samples: readonly Pick<DeadLetter, 'id' | 'entity_type' | 'source_entity_id' | 'error_code'>[]
}

const subject = 'tds_dead_letter_queue'

export type DeadLetters = ReturnType<typeof createDeadLetters>

/** The failures that wait for a person: read, requeued (read again from Zoho) or resolved with a note. */
export function createDeadLetters({
  db,
  laneOf,
  onWork,
}: {
  db: Db
  laneOf: (entityType: string) => WorkRequest['lane']
  onWork: () => void
}) {
  return { list, get, requeue, resolve }

  async function list(filter: DeadLetterFilter & { limit: number; after?: number | undefined }) {
    const [page, totals] = await Promise.all([
      matching(db, filter)
        .selectAll()
        .$if(filter.after !== undefined, (query) => query.where('id', '<', filter.after ?? 0))
        .orderBy('id', 'desc')
        .limit(filter.limit + 1)
        .execute(),
      matching(db, filter)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow(),
    ])
    const items = page.slice(0, filter.limit)
    return { items, total: totals.total, next: page.length > items.length ? (items.at(-1)?.id ?? null) : null }
  }

  async function get(id: number) {
    const letter = await db.selectFrom('tds_dead_letter_queue').selectAll().where('id', '=', id).executeTakeFirst()
    if (!letter) throw inputError('DLQ_NOT_FOUND', `There is no dead letter ${id}`, 404)
    return letter
  }

  /** Every chosen open letter gets its record read again; the letter resolves itself when that succeeds. */
  async function requeue(request: RequeueRequest): Promise<RequeueAnswer> {
    if (!request.ids?.length && !request.filter) throw inputError('DLQ_NOTHING_CHOSEN', 'Name ids or a filter')
    const answer = await db.transaction().execute(async (tx) => {
      const letters = await choose(tx, request)
      const samples = letters
        .slice(0, 10)
        .map(({ id, entity_type, source_entity_id, error_code }) => ({ id, entity_type, source_entity_id, error_code }))
      if (request.dryRun || letters.length === 0) return { count: letters.length, batch_id: null, samples }
      const batchId = uuidv7()
      await enqueue(
        tx,
        letters.map((letter) => reread(letter, laneOf)),
      )
      await markRequeued(
        tx,
        letters.map(({ id }) => id),
        batchId,
      )
      await record(tx, {
        action: 'dlq.requeue',
        subject,
        actor: request.actor,
        reason: request.reason,
        affected: letters.length,
        filter: { ids: request.ids ?? null, filter: request.filter ?? null, batch_id: batchId },
      })
      return { count: letters.length, batch_id: batchId, samples }
    })
    if (answer.batch_id) onWork()
    return answer
  }

  async function resolve(id: number, { note, actor }: { note: string; actor: string }): Promise<void> {
    await db.transaction().execute(async (tx) => {
      const done = await tx
        .updateTable('tds_dead_letter_queue')
        .set({ resolved: true, resolved_at: sql<Date>`clock_timestamp()`, resolved_by: actor, resolution_note: note })
        .where('id', '=', id)
        .where('resolved', '=', false)
        .returning('id')
        .execute()
      if (done.length === 0) throw inputError('DLQ_NOT_OPEN', `There is no open dead letter ${id}`, 404)
      await record(tx, { action: 'dlq.resolve', subject, actor, reason: note, affected: 1, filter: { ids: [id] } })
    })
  }
}

function matching(db: Db, filter: DeadLetterFilter) {
  return db
    .selectFrom('tds_dead_letter_queue')
    .$if(filter.entity_type !== undefined, (query) => query.where('entity_type', '=', filter.entity_type ?? ''))
    .$if(filter.error_code !== undefined, (query) => query.where('error_code', '=', filter.error_code ?? ''))
    .$if(filter.resolved !== undefined, (query) => query.where('resolved', '=', filter.resolved ?? false))
}

async function choose(tx: Tx, { ids, filter }: RequeueRequest) {
  return matching(tx, { ...filter, resolved: false })
    .select(['id', 'entity_type', 'source_entity_id', 'error_code'])
    .$if((ids?.length ?? 0) > 0, (query) => query.where('id', 'in', [...(ids ?? [])]))
    .orderBy('entity_type')
    .orderBy('source_entity_id')
    .limit(10_000)
    .forUpdate()
    .execute()
}

const reread = (
  letter: { entity_type: string; source_entity_id: string },
  laneOf: (entityType: string) => WorkRequest['lane'],
): WorkRequest => ({
  entityType: letter.entity_type,
  sourceEntityId: letter.source_entity_id,
  lane: laneOf(letter.entity_type),
  priority: priorities.stock,
})

async function markRequeued(tx: Tx, ids: readonly number[], batchId: string): Promise<void> {
  await tx
    .updateTable('tds_dead_letter_queue')
    .set({ requeued_at: sql<Date>`clock_timestamp()`, requeue_batch_id: batchId })
    .where('id', 'in', [...ids])
    .execute()
}
