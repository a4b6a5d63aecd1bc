import { sql } from '../../db/index.ts'
import type { Context } from '../context.ts'
import { type Entity, tableOf } from '../entities/index.ts'
import { backfill, type Mode, type Run } from '../sync/index.ts'
import type { Progress } from './progress.ts'

export interface SyncRunsOptions {
  readonly mode: Mode
  /** None means those the mode is made for. */
  readonly names: readonly string[]
  /** Who asked. */
  readonly trigger: string
  readonly acceptMassChange?: boolean
  /** Documents behind list rows from then on. @default six months ago */
  readonly since?: Date
  /** At most so many documents of each entity. */
  readonly limit?: number
  readonly progress: Progress
  readonly signal: AbortSignal
}

/**
 * One run after the other, parents before children, each to its end; stops after the first that did not settle. A
 * backfill reads what today's calls allow.
 */
export async function syncRuns(ctx: Context, options: SyncRunsOptions): Promise<readonly Run[]> {
  if (options.mode === 'backfill') return backfillRuns(ctx, options)
  const runs: Run[] = []
  if (options.mode === 'full') await ctx.zoho.organization({ signal: options.signal })
  for (const entity of ctx.sync.entitiesFor(options.mode, options.names)) {
    const run = await syncOne(ctx, entity, options)
    runs.push(run)
    if (run.status !== 'settled') break
  }
  return runs
}

async function backfillRuns(ctx: Context, { progress, ...options }: SyncRunsOptions): Promise<readonly Run[]> {
  const runs = await backfill(ctx, {
    ...options,
    onProgress: (run) => progress.update(run.entity_type, { ...figuresOf(run), expected: run.details_limit ?? 0 }),
  })
  for (const run of runs) progress.finish(run.entity_type, wordsOf(run))
  return runs
}

async function syncOne(
  ctx: Context,
  entity: Entity,
  { progress, signal, names: _, ...request }: SyncRunsOptions,
): Promise<Run> {
  const expected = await foresee(ctx, entity)
  const onProgress = (run: Run) => progress.update(entity.name, { ...figuresOf(run), expected: expected(run) })
  const run = await ctx.sync.run({ entityType: entity.name, ...request }, { signal, onProgress })
  progress.finish(entity.name, wordsOf(run))
  return run
}

const settledOf = ({ written, unchanged, stale, skipped, failed }: Run) =>
  written + unchanged + stale + skipped + failed

const figuresOf = (run: Run) => ({ read: run.fetched, settled: settledOf(run) })

/** How many records a run will be about, as far as can be known before its last page. */
async function foresee(ctx: Context, entity: Entity): Promise<(run: Run) => number> {
  if (entity.lane === 'image') return foreseePictures(ctx)
  const { rows } = await sql<{ n: number }>`
    select count(distinct ${sql.ref(entity.id.column)}) as n from ${sql.table(tableOf(entity))} where deleted_at is null`.execute(
    ctx.database.db,
  )
  const before = rows[0]?.n ?? 0
  return () => before
}

const recountMs = 2_000

/** Those that have ended and those that still wait, which get fewer by others' work, too: counted anew now and then. */
async function foreseePictures({ images, database, clock, log }: Context): Promise<(run: Run) => number> {
  let waiting = (await images.wanted(database.db)).length
  let countedAt = clock.now()
  return (run) => {
    if (clock.now() - countedAt > recountMs) {
      countedAt = clock.now()
      images.wanted(database.db).then(
        (ids) => {
          waiting = ids.length
        },
        (error: unknown) => log.debug({ err: error }, 'the waiting pictures could not be counted'),
      )
    }
    return settledOf(run) + waiting
  }
}

const count = (value: number): string => value.toLocaleString('en-US')

/** How an incremental run found its rows; a full run always reads them all. */
const ways: Readonly<Record<NonNullable<Run['strategy']>, string>> = {
  filter: ' by the filter',
  fence: ' newest first',
  list: ' of the whole list',
}

/** `2,221 read: 2,221 written`; a run that stopped short says why. */
export function wordsOf(run: Run): string {
  const parts = (['written', 'unchanged', 'stale', 'skipped', 'failed'] as const)
    .filter((outcome) => run[outcome] > 0)
    .map((outcome) => `${count(run[outcome])} ${outcome}`)
  const way = run.mode === 'incremental' && run.strategy ? ways[run.strategy] : ''
  const figures = `${count(run.fetched)} read${way}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`
  if (run.status === 'settled') return figures
  const reason = run.error_message ?? (run.status === 'running' ? 'stopped; the next run goes on here' : run.status)
  return `${figures}; ${run.status}: ${reason}`
}
