import { type Db, sql } from '../../../db/index.ts'
import { detailViewOf, documentId, type Entity, tableOf } from '../../entities/index.ts'
import { compareDocuments, documentsOf } from './documents.ts'
import { countDue, hasDetail } from './due.ts'
import { type DetailPlan, type DetailReading, readDetails, sizeOf } from './read-details.ts'
import { noteUnread } from './tally.ts'
import type { Verification } from './verification.ts'

/**
 * Fresh details of some or all records of one entity against the rows of every chosen entity they feed: one read serves
 * all of them.
 */
export async function compareDetails(verification: Verification, owner: Entity, plan: DetailPlan): Promise<void> {
  const { deps, options, spent } = verification
  const fed = fedBy(verification, owner, plan)
  const { all, count } = await extent(verification, owner)
  let done = 0
  for await (const ids of idChunks(deps.db, owner, sizeOf(plan), all ? 'all' : count)) {
    const reading = await readDetails(deps, owner, plan, ids, options.signal)
    spent.calls += reading.calls
    done += ids.length
    for (const entity of fed) {
      await compareReading(verification, entity, entity === owner, reading)
      options.onProgress?.({ entity: entity.name, done, expected: count })
    }
  }
}

/** Whether a plan's documents of this owner are wanted: for itself, or for those that have no list of their own. */
export function isWanted({ tallies, deps }: Verification, owner: Entity, plan: DetailPlan): boolean {
  return (
    tallies.has(owner.name) ||
    (plan.feeds ?? []).some((name) => tallies.has(name) && deps.entities.get(name).list === undefined)
  )
}

/** The chosen entities that these documents say something about. */
export function fedBy({ deps, tallies }: Verification, owner: Entity, plan: DetailPlan): readonly Entity[] {
  const names = plan.feeds ?? [owner.name]
  return names.filter((name) => tallies.has(name)).map((name) => deps.entities.get(name))
}

async function compareReading(
  verification: Verification,
  entity: Entity,
  isOwner: boolean,
  reading: DetailReading,
): Promise<void> {
  const tally = verification.tallies.get(entity.name)
  if (!tally) return
  const documents = documentsOf(entity, reading.documents)
  const compared = await compareDocuments(verification, entity, detailViewOf(entity), documents, tally)
  tally.detailed += documents.length
  tally.values += compared.values
  if (entity.set && verification.options.everyField) tally.source = (tally.source ?? 0) + compared.setRows
  for (const { source_entity_id } of compared.differences) tally.suspects.detailed.add(source_entity_id)
  if (!isOwner) return
  for (const [id, code] of reading.unread) noteUnread(tally, id, code)
  if (entity.joins) return
  // Gone, or now another entity's: a second look decides.
  const ours = new Set(documents.map((document) => documentId(entity, document)))
  const others = reading.documents.map((document) => documentId(entity, document)).filter((id) => !ours.has(id))
  for (const id of [...reading.absent, ...others]) tally.suspects.detailed.add(id)
}

/** Every record, or how many; those that are due are counted and left out. */
async function extent({ deps, options, tallies }: Verification, owner: Entity) {
  const { everyField = false, sample = 20 } = options
  const tally = tallies.get(owner.name)
  const due = await countDue(deps.db, owner)
  if (tally) {
    tally.due = due
    if (everyField) tally.pending += due
  }
  // Few enough to be read whole in every run are few enough here.
  const all = everyField || (owner.details?.when === 'always' && sample > 0)
  return { all, count: all ? await countDetailed(deps.db, owner) : sample }
}

async function countDetailed(db: Db, owner: Entity): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from ${sql.table(tableOf(owner))} where ${hasDetail(owner)}`.execute(db)
  return rows[0]?.n ?? 0
}

/** Ids in their order, or of a random sample, some at a time. */
async function* idChunks(
  db: Db,
  owner: Entity,
  size: number,
  wanted: 'all' | number,
): AsyncGenerator<readonly string[]> {
  const key = sql.ref(owner.id.column)
  const table = sql.table(tableOf(owner))
  if (wanted !== 'all') {
    const { rows } = await sql<{ id: string }>`
      select ${key} as id from ${table} where ${hasDetail(owner)} order by random() limit ${wanted}`.execute(db)
    const ids = rows.map((row) => row.id)
    for (let from = 0; from < ids.length; from += size) yield ids.slice(from, from + size)
    return
  }
  for (let after = ''; ; ) {
    const { rows } = await sql<{ id: string }>`
      select ${key} as id from ${table} where ${hasDetail(owner)} and ${key} > ${after} order by ${key} limit ${size}`.execute(
      db,
    )
    const last = rows.at(-1)
    if (!last) return
    after = last.id
    yield rows.map((row) => row.id)
  }
}
