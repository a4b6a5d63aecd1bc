import { type Db, sql } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { inputError } from '../errors.ts'
import { countMetrics } from '../queue/index.ts'
import { openOf } from './filter.ts'
import type { Choice, Sample } from './types.ts'

export interface ResolveRequest extends Choice {
  /** Only count and show samples. */
  readonly dryRun?: boolean
  /** Kept with each letter. */
  readonly note: string
  readonly actor: string
}

export interface ResolveAnswer {
  readonly count: number
  readonly samples: readonly Sample[]
}

/** Closes one letter without reading its record again. @throws TdsError `DLQ_NOT_OPEN` */
export async function resolveOne(db: Db, id: number, { note, actor }: { note: string; actor: string }): Promise<void> {
  const { count } = await resolveMany(db, { ids: [id], note, actor })
  if (count === 0) throw inputError('DLQ_NOT_OPEN', `There is no open dead letter ${id}`, 404)
}

/** Closes every open letter of the choice. */
export async function resolveMany(db: Db, request: ResolveRequest): Promise<ResolveAnswer> {
  const { ids, filter, previewId, dryRun = false, note, actor } = request
  const open = openOf(request)
  return db.transaction().execute(async (tx) => {
    const { rows: samples } = await sql<Sample>`
      select l.id, l.entity_type, l.source_entity_id, l.error_code
      from tds_dead_letter_queue l where ${open} order by l.id limit 10`.execute(tx)
    if (dryRun) {
      const { rows } = await sql<{
        n: number
      }>`select count(*) as n from tds_dead_letter_queue l where ${open}`.execute(tx)
      return { count: rows[0]?.n ?? 0, samples }
    }
    const { rows: resolved } = await sql<{ label: string }>`
      update tds_dead_letter_queue l set
        resolved = true, resolved_at = clock_timestamp(), resolved_by = ${actor}, resolution_note = ${note},
        updated_at = clock_timestamp()
      where ${open} returning l.entity_type as label`.execute(tx)
    const count = resolved.length
    await countMetrics(
      tx,
      resolved.map(({ label }) => ({ name: 'dead_letter_resolved', label })),
      0,
    )
    const subject = 'tds_dead_letter_queue'
    const chosen = { ids, ...filter, preview_id: previewId }
    if (count > 0)
      await record(tx, { action: 'dlq.resolve', actor, reason: note, affected: count, filter: chosen, subject })
    return { count, samples }
  })
}
