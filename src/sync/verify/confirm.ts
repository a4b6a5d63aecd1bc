import { type Db, sql } from '../../../db/index.ts'
import { type Entity, listViewOf, tableOf } from '../../entities/index.ts'
import type { WorkDocument } from '../../queue/index.ts'
import { storableJson } from '../../runtime/index.ts'
import { dueOf, isOurs } from './due.ts'
import type { ListedRow } from './read-list.ts'
import type { Tally } from './tally.ts'
import type { Difference } from './types.ts'
import type { Verification } from './verification.ts'

/** What a second reading of some suspects brought. */
export interface Look {
  readonly differences: readonly Difference[]
  /** Suspects that Zoho does not have. */
  readonly absent: readonly string[]
  /** The list rows that were read, by id; empty where details were. */
  readonly listed: ReadonlyMap<string, ListedRow>
  readonly view: 'list' | 'detail'
}

/**
 * The differences that second looks left, one a record; those being worked on, or whose detail is due by now, only count
 * as pending.
 * @returns the ids of all of them
 */
export async function confirm(
  { deps: { db }, options }: Verification,
  entity: Entity,
  tally: Tally,
  looks: readonly Look[],
): Promise<ReadonlySet<string>> {
  const found = new Map<string, Difference>()
  const late = new Set<string>()
  for (const look of looks) {
    const due = look.view === 'detail' ? await dueOf(db, entity, idsOf(look.differences)) : new Set<string>()
    for (const id of due) late.add(id)
    for (const each of look.differences)
      if (!due.has(each.source_entity_id))
        found.set(each.source_entity_id, merged(found.get(each.source_entity_id), each))
    for (const id of await extraOf(db, entity, look.absent)) found.set(id, { kind: 'extra', source_entity_id: id })
    if (options.repair) keepDocuments(entity, tally, look)
  }
  tally.pending += [...late].filter((id) => !found.has(id)).length
  await takeConfirmed(db, entity, tally, [...found.values()])
  return new Set([...found.keys(), ...late])
}

const idsOf = (differences: readonly Difference[]): string[] => differences.map((each) => each.source_entity_id)

function merged(known: Difference | undefined, next: Difference): Difference {
  if (known?.kind !== 'fields' || next.kind !== 'fields') return known ?? next
  return { ...known, fields: [...(known.fields ?? []), ...(next.fields ?? [])] }
}

/** The rows of a second source are gone when their owner says so. */
const extraOf = async (db: Db, entity: Entity, absent: readonly string[]): Promise<ReadonlySet<string>> =>
  entity.joins ? new Set() : livingOf(db, entity, absent)

/** Columns that only lists have are healed by the list row that proved them wrong; a detail would not carry them. */
function keepDocuments(entity: Entity, tally: Tally, { view, listed, differences }: Look): void {
  for (const { source_entity_id: id } of differences) {
    const row = listed.get(id)
    if (view === 'detail' || entity.read?.kind !== 'single') tally.documents.delete(id)
    else if (row) tally.documents.set(id, toDocument(entity, row))
  }
}

const toDocument = (entity: Entity, { document, readAt }: ListedRow): WorkDocument => ({
  source: listViewOf(entity),
  readAt,
  text: storableJson(document),
})

/** Sets apart what is already being worked on. */
export async function takeConfirmed(
  db: Db,
  entity: Entity,
  tally: Tally,
  confirmed: readonly Difference[],
): Promise<void> {
  const queued = await queuedOf(db, entity, idsOf(confirmed))
  const isQueued = (each: Difference) => queued.has(each.source_entity_id)
  tally.pending += confirmed.filter(isQueued).length
  tally.differences.push(...confirmed.filter((each) => !isQueued(each)))
}

async function livingOf(db: Db, entity: Entity, ids: readonly string[]): Promise<Set<string>> {
  const key = sql.ref(entity.set?.ownerColumn ?? entity.id.column)
  const { rows } = await sql<{ id: string }>`
    select distinct ${key} as id from ${sql.table(tableOf(entity))}
    where ${isOurs(entity)} and ${key} in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`.execute(
    db,
  )
  return new Set(rows.map((row) => row.id))
}

/** A second source's row may still wait for its owner's read. */
async function queuedOf(db: Db, entity: Entity, ids: readonly string[]): Promise<Set<string>> {
  const names = [entity.name, tableOf(entity)]
  const { rows } = await sql<{ id: string }>`
    select source_entity_id as id from tds_sync_queue_live
    where entity_type in (select value from jsonb_array_elements_text(${JSON.stringify(names)}::jsonb))
      and source_entity_id in (select value from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`.execute(db)
  return new Set(rows.map((row) => row.id))
}
