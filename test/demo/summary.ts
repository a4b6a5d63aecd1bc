import type { Context } from '../../src/context.ts'
import { readDepth } from '../../src/queue/index.ts'
import type { Run } from '../../src/sync/index.ts'
import type { CallsReport, ExpectedImages, Simulator } from '../simulator/index.ts'
import { type MirrorRow, type Pictures, type PlaceStock, readMirror, readPictures, readStock } from './mirror.ts'
import { countSource, lowerBound } from './source.ts'

export interface EntityFigures extends MirrorRow {
  readonly inZoho: number
  readonly unchanged: number
  readonly skipped: number
}

export interface Summary {
  readonly entities: readonly EntityFigures[]
  readonly stock: readonly PlaceStock[]
  readonly pictures: Pictures
  readonly expectedPictures: ExpectedImages
  readonly picturesFetched: number
  readonly calls: CallsReport
  readonly lowerBound: number
  readonly rowsChanged: number
  /** Why the mirror is not what Zoho is; empty when it is. */
  readonly differences: readonly string[]
}

export interface Facts {
  readonly runs: readonly Run[]
  /** Items that ended as skipped, by entity. */
  readonly skipped: ReadonlyMap<string, number>
  readonly picturesKnownBefore: number
  /** Start of the sync, database clock. */
  readonly since: string
}

/** What is in Zoho, what is here and what it took, each from where it really is: simulator, tables, call log. */
export async function summarise(ctx: Context, simulator: Simulator, facts: Facts): Promise<Summary> {
  const { db } = ctx.database
  const source = countSource(ctx.entities, simulator)
  const mirror = await readMirror(db, ctx.entities, facts.since)
  const pictures = await readPictures(db)
  const expectedPictures = simulator.control.images.expected()
  const calls = simulator.control.calls.report()
  const entities = mirror.map((row) => ({
    ...row,
    inZoho: source.get(row.entity) ?? 0,
    unchanged: Math.max(0, row.here - row.changed),
    skipped: facts.skipped.get(row.entity) ?? 0,
  }))
  const toFetch = Math.max(0, expectedPictures.withImage - facts.picturesKnownBefore)
  const figures = {
    entities,
    stock: await readStock(db),
    pictures,
    expectedPictures,
    picturesFetched: calls.byPurpose['items image'] ?? 0,
    calls,
    lowerBound: lowerBound(ctx.entities, source, facts.runs, toFetch),
    rowsChanged: entities.reduce((sum, { changed }) => sum + changed, 0),
  }
  const { pending, processing, failed } = await readDepth(db)
  return { ...figures, differences: differencesOf(figures, facts.runs, pending + processing + failed) }
}

function differencesOf(figures: Omit<Summary, 'differences'>, runs: readonly Run[], unfinished: number): string[] {
  const { entities, pictures, expectedPictures, calls } = figures
  return [
    ...runs
      .filter((run) => run.status !== 'settled')
      .map((run) => `the ${run.mode} run of ${run.entity_type} is ${run.status}: ${run.error_message ?? 'no reason'}`),
    ...entities
      .filter(({ here, inZoho }) => here !== inZoho)
      .map(({ entity, here, inZoho }) => `${entity}: ${inZoho} in Zoho, ${here} here`),
    ...entities.filter(({ failed }) => failed > 0).map(({ entity, failed }) => `${entity}: ${failed} dead letters`),
    ...unequal('images present', expectedPictures.good, pictures.present),
    ...unequal('images broken at the source', expectedPictures.broken, pictures.broken),
    ...unequal('images refused', expectedPictures.refused, pictures.refused),
    ...unequal('replies with 429', 0, calls.refused),
    ...unequal('unfinished queue items', 0, unfinished),
  ]
}

const unequal = (what: string, expected: number, found: number): string[] =>
  expected === found ? [] : [`${what}: ${found} instead of ${expected}`]
