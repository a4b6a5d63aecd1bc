import { type Db, sql } from '../../db/index.ts'
import { type Details, type Entity, tableOf } from '../entities/index.ts'
import { worthReading } from './due.ts'
import { hints, idSlices } from './hint-sources.ts'
import type { Pace, Run, Slice } from './types.ts'

const sliceSize = 100

/** Every living record, its document read again whatever its list row says. */
export async function* everyRecord(db: Db, entity: Entity, run: Run, pace: Pace): AsyncGenerator<Slice> {
  const key = sql.ref(entity.id.column)
  const slices = idSlices(entity, pace, run.phase === 'details' ? (run.position ?? '') : '', async (after) => {
    const { rows } = await sql<{ id: string }>`
      select ${key} as id from ${sql.table(tableOf(entity))}
      where deleted_at is null and ${key} > ${after} order by ${key} limit ${sliceSize}`.execute(db)
    return rows.map(({ id }) => id)
  })
  for await (const slice of slices) yield { ...slice, details: slice.fetched, phase: 'details' }
}

/**
 * The records whose document still has to be read, newest first: those as young as the run's `since` (a record without
 * an age counts as young), or all of them where it names none; at most so many as are allowed now and by the run's limit.
 */
export async function* dueRecords(
  db: Db,
  entity: Entity,
  details: Details,
  run: Run,
  { pace, allowed }: { pace: Pace; allowed: number },
): AsyncGenerator<Slice> {
  let place = run.phase === 'details' ? placeFrom(run.position) : undefined
  let left = Math.min(allowed, (run.details_limit ?? Number.POSITIVE_INFINITY) - run.details)
  while (left > 0) {
    const found = await dueAfter(db, entity, details, run, place, Math.min(sliceSize, left))
    const last = found.at(-1)
    if (!last) return
    place = last
    left -= found.length
    const ids = found.map(({ id }) => id)
    const position = JSON.stringify([last.age, last.id])
    yield { ...hints(entity, ids, pace), details: ids.length, phase: 'details', position }
  }
}

/** Where the last slice ended: newest first, then by id. */
interface Place {
  /** A date, or `-infinity` for a record without one. */
  readonly age: string
  readonly id: string
}

function placeFrom(position: string | null): Place | undefined {
  if (position === null || position === '') return undefined
  const [age = '-infinity', id = ''] = JSON.parse(position) as string[]
  return { age, id }
}

/**
 * What the queue holds already is left to it, except that a full run takes over what only waits: that is part of what it
 * promises.
 */
async function dueAfter(
  db: Db,
  entity: Entity,
  details: Details,
  { mode, since, accepts_mass_change }: Run,
  place: Place | undefined,
  limit: number,
): Promise<readonly Place[]> {
  const { age } = details
  const key = sql.ref(`t.${entity.id.column}`)
  const ageOf = age === undefined ? sql`'-infinity'::date` : sql`coalesce(${sql.ref(`t.${age}`)}::date, '-infinity')`
  const young =
    since && age !== undefined ? sql`and (t.${sql.ref(age)} is null or t.${sql.ref(age)} >= ${since}::date)` : sql``
  const inHand = mode === 'full' ? sql`and q.status = 'processing'` : sql``
  const after = place
    ? sql`and (${ageOf} < ${place.age}::date or (${ageOf} = ${place.age}::date and ${key} > ${place.id}))`
    : sql``
  const { rows } = await sql<Place>`
    select ${key} as id, ${ageOf}::text as age
    from ${sql.table(tableOf(entity))} t
    where ${worthReading(entity, details, accepts_mass_change)} ${young} ${after}
      and not exists (select from tds_sync_queue_live q
        where q.entity_type = ${entity.name} and q.source_entity_id = ${key} ${inHand})
    order by ${ageOf} desc, ${key} limit ${limit}`.execute(db)
  return rows
}
