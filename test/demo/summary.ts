import type { Context } from '../../src/context.ts'
import { type Entities, tableOf } from '../../src/entities/index.ts'
import { readDepth } from '../../src/queue/index.ts'
import type { Run } from '../../src/sync/index.ts'
import type { Simulator } from '../simulator/index.ts'
import { readCallsMade } from './calls-made.ts'
import { differencesOf } from './differences.ts'
import { fewestCalls, organisationCalls } from './fewest.ts'
import type { EntityFigures, Figures, LineFigures } from './figures.ts'
import { readLines, readMirror, readPictures, readStock } from './mirror.ts'
import type { Outcomes } from './outcomes.ts'
import { countLines, countSource } from './source.ts'

export interface Summary extends Figures {
  /** Why the mirror is not what Zoho is; empty when it is. */
  readonly differences: readonly string[]
}

export interface Facts {
  readonly runs: readonly Run[]
  readonly outcomes: Outcomes
  readonly picturesKnownBefore: number
  /** Start of the sync, database clock. */
  readonly since: string
}

/** What is in Zoho, what is here and what it took, each from where it really is: simulator, tables, both call logs. */
export async function summarise(ctx: Context, simulator: Simulator, facts: Facts): Promise<Summary> {
  const { db } = ctx.database
  const pictures = await readPictures(db)
  const expectedPictures = simulator.control.images.expected()
  const calls = simulator.control.calls.report()
  const callsMade = await readCallsMade(db, facts.since)
  const toFetch = Math.max(0, expectedPictures.withImage - facts.picturesKnownBefore)
  const entities = await entityFigures(ctx, simulator, facts, { callsMade, toFetch })
  const lines = await lineFigures(ctx, simulator, facts, entities)
  const organisation = { calls: callsMade.get('organization') ?? 0, fewest: organisationCalls }
  const figures = {
    entities,
    lines,
    stock: await readStock(db),
    pictures,
    expectedPictures,
    picturesFetched: calls.byPurpose['items image'] ?? 0,
    calls,
    callsMade: sum([...callsMade.values()]),
    organisation,
    fewest: organisation.fewest + sum(entities.map(({ fewest }) => fewest)),
    rowsChanged: rowsChanged(ctx.entities, entities, lines),
    history: (await ctx.planner.plan()).entities.filter(({ pending }) => pending > 0),
    resumed: facts.runs.filter((run) => run.started_at < new Date(facts.since)).map((run) => run.entity_type),
  }
  const { pending, processing, failed } = await readDepth(db)
  return { ...figures, differences: differencesOf(figures, facts.runs, pending + processing + failed) }
}

async function entityFigures(
  ctx: Context,
  simulator: Simulator,
  { runs, outcomes, since }: Facts,
  { callsMade, toFetch }: { callsMade: ReadonlyMap<string, number>; toFetch: number },
): Promise<readonly EntityFigures[]> {
  const source = countSource(ctx.entities, simulator)
  const fewest = fewestCalls(ctx.entities, source, runs, toFetch)
  const mirror = await readMirror(ctx.database.db, ctx.entities, since)
  return mirror.map((row) => {
    const name = row.entity
    const changed = ctx.entities.get(name).joins ? outcomes.written(name) : row.changed
    return {
      ...row,
      changed,
      inZoho: source.get(name) ?? 0,
      unchanged: Math.max(0, row.here - changed),
      skipped: outcomes.skipped(name),
      calls: callsMade.get(name) ?? 0,
      fewest: fewest.get(name) ?? 0,
    }
  })
}

async function lineFigures(
  { database, entities }: Context,
  simulator: Simulator,
  { since }: Facts,
  figures: readonly EntityFigures[],
): Promise<readonly LineFigures[]> {
  const lines = await readLines(database.db, countLines(entities, simulator), since)
  const dueOf = (owner: string) => figures.find(({ entity }) => entity === owner)?.due ?? 0
  return lines.map((line) => ({ ...line, due: dueOf(line.owner) }))
}

/** A row of two sources is one row. */
const rowsChanged = (entities: Entities, figures: readonly EntityFigures[], lines: readonly LineFigures[]): number =>
  sum(figures.filter(({ entity }) => tableOf(entities.get(entity)) === entity).map(({ changed }) => changed)) +
  sum(lines.map(({ changed }) => changed))

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
