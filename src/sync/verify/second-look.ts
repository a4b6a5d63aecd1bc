import { type Db, sql } from '../../../db/index.ts'
import { documentId, type Entity } from '../../entities/index.ts'
import { compareDocuments } from './details.ts'
import { readAgain } from './read-again.ts'
import type { Tally } from './tally.ts'
import type { Difference, VerifyDeps } from './types.ts'

/**
 * What still differs when it is read again at once is a difference; the rest changed while we looked. What the queue
 * already works on is late, not lost, and counted apart.
 */
export async function lookAgain(deps: VerifyDeps, entity: Entity, tally: Tally, signal: AbortSignal): Promise<number> {
  const ids = [...tally.suspects.keys()].toSorted()
  if (ids.length === 0) return 0
  const { view, documents, calls } = await readAgain(deps, entity, {
    ids,
    isListed: (id) => tally.suspects.get(id)?.kind !== 'extra',
    signal,
  })
  const atSource = new Set(documents.map((document) => documentId(entity, document)))
  const { differences } = await compareDocuments(deps.db, entity, documents, await deps.fieldContext(), view)
  const absent = ids.filter((id) => !atSource.has(id))
  const confirmed: Difference[] = [
    ...differences,
    ...[...(await livingOf(deps.db, entity, absent))].map((id) => ({ kind: 'extra' as const, source_entity_id: id })),
  ]
  await takeConfirmed(deps.db, entity, tally, confirmed)
  tally.cleared += ids.length - confirmed.length
  return calls
}

/** Sets apart what is already being worked on. */
export async function takeConfirmed(
  db: Db,
  entity: Entity,
  tally: Tally,
  confirmed: readonly Difference[],
): Promise<void> {
  const queued = await queuedOf(
    db,
    entity,
    confirmed.map((each) => each.source_entity_id),
  )
  tally.pending += confirmed.filter((each) => queued.has(each.source_entity_id)).length
  tally.differences.push(...confirmed.filter((each) => !queued.has(each.source_entity_id)))
}

async function livingOf(db: Db, entity: Entity, ids: readonly string[]): Promise<Set<string>> {
  const key = sql.ref(entity.id.column)
  const { rows } = await sql<{ id: string }>`
    select distinct ${key} as id from ${sql.table(entity.name)}
    where deleted_at is null and ${key} in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`.execute(
    db,
  )
  return new Set(rows.map((row) => row.id))
}

async function queuedOf(db: Db, entity: Entity, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select source_entity_id as id from tds_sync_queue_live
    where entity_type = ${entity.name}
      and source_entity_id in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`.execute(db)
  return new Set(rows.map((row) => row.id))
}
