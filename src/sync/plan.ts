import { type Db, sql } from '../../db/index.ts'
import type { Details, Entity } from '../entities/index.ts'
import { priorities } from '../queue/index.ts'
import { dueRecords, everyRecord } from './detail-source.ts'
import { createGuard, type MassChangeGuard } from './guard.ts'
import { idSlices, missingSlices, ownerSlices } from './hint-sources.ts'
import { listSlices, type SourceDeps } from './list-source.ts'
import type { Mode, Pace, Phase, Run, RunRequest, Slice } from './types.ts'

export interface PlanDeps extends SourceDeps {
  /** Ids of items whose picture needs work, ascending, after the given one. */
  readonly wantedImages: (after: string, limit: number) => Promise<readonly string[]>
  /** Removes files no row names and answers the items whose file is missing or damaged. */
  readonly sweepImages: () => Promise<readonly string[]>
  /** Documents of an entity that today's calls still allow to be read. */
  readonly allowance: (entityType: string) => Promise<number>
}

export interface RunToPlan {
  readonly run: Run
  readonly request: RunRequest
  readonly signal: AbortSignal
  /** Resolves when what the run enqueued so far has ended, within reason. */
  readonly settledSoFar: () => Promise<void>
}

const paces: Readonly<Record<Mode, Pace>> = {
  full: { priority: priorities.full, isBulk: true },
  incremental: { priority: priorities.incremental, isBulk: false },
  sweep: { priority: priorities.stock, isBulk: true },
  images: { priority: priorities.image, isBulk: true },
  backfill: { priority: priorities.backfill, isBulk: true },
}

/** Modification times have whole seconds and may become visible late: the last five minutes are read again. */
const overlapMs = 5 * 60_000

/** Which records a run reads, in slices: the one place that knows what the modes mean. */
export async function* slicesOf(deps: PlanDeps, task: RunToPlan): AsyncGenerator<Slice> {
  const { run, request } = task
  const { mode } = request
  const entity = deps.entities.get(run.entity_type)
  const { details } = entity
  if (entity.lane === 'image') return yield* imageSlices(deps, entity, run, paces[mode])
  if (mode === 'backfill') return yield* details ? dueSlices(deps, entity, details, run, paces.backfill) : []
  if (mode === 'sweep' && entity.sweep === 'details') return yield* everyRecord(deps.db, entity, run, paces.sweep)
  if (!entity.list) return yield* ownerSlices(deps, entity, run, paces[mode])
  const guard = await createGuard(deps.db, entity, run.accepts_mass_change || (request.acceptMassChange ?? false))
  const phases = phasesOf(entity, mode)
  for (const phase of phases.slice(Math.max(0, phases.indexOf(run.phase)))) {
    for await (const slice of phaseSlices(deps, entity, task, { phase, guard })) yield { ...slice, phase }
  }
}

/** A joined source adds columns to rows whose coming and going is the owner's matter. */
function phasesOf(entity: Entity, mode: Mode): readonly Phase[] {
  if (mode !== 'full') return ['list']
  return ['list', ...(entity.joins ? [] : (['missing'] as const)), ...(entity.details ? (['details'] as const) : [])]
}

async function* phaseSlices(
  deps: PlanDeps,
  entity: Entity,
  { run, request: { mode }, signal, settledSoFar }: RunToPlan,
  { phase, guard }: { phase: Phase; guard: MassChangeGuard },
): AsyncGenerator<Slice> {
  const { list, details } = entity
  if (phase === 'list' && list) {
    const pace = mode === 'incremental' && (await isFirst(deps.db, entity)) ? paces.full : paces[mode]
    const since = mode === 'incremental' ? run.modified_since : null
    const overlapped = since ? new Date(since.getTime() - overlapMs) : undefined
    yield* listSlices(deps, entity, list, { run, guard, pace, signal, since: overlapped })
  }
  if (phase === 'missing') yield* missingSlices(deps, entity, run, guard, paces.full)
  if (phase === 'details' && details) {
    // Only the rows themselves say which of their documents are due.
    await settledSoFar()
    yield* details.when === 'always'
      ? everyRecord(deps.db, entity, run, paces.full)
      : dueSlices(deps, entity, details, run, paces.full)
  }
}

async function* dueSlices(
  { db, allowance }: PlanDeps,
  entity: Entity,
  details: Details,
  run: Run,
  pace: Pace,
): AsyncGenerator<Slice> {
  const allowed = run.is_paced ? await allowance(entity.name) : Number.POSITIVE_INFINITY
  yield* dueRecords(db, entity, details, run, { pace, allowed })
}

/** Nothing of it was ever read to the end: whatever a run of it brings is a bulk of records, not of edits. */
async function isFirst(db: Db, { name }: Entity): Promise<boolean> {
  const { rows } = await sql`
    select from tds_sync_cursors where entity_type = ${name} and last_complete_at is not null`.execute(db)
  return rows.length === 0
}

/** Pictures that Zoho changed, then those whose file here is missing or damaged. */
async function* imageSlices(deps: PlanDeps, entity: Entity, run: Run, pace: Pace): AsyncGenerator<Slice> {
  const wanted = idSlices(entity, pace, run.position ?? '', (after) => deps.wantedImages(after, 100))
  for await (const slice of wanted) yield { ...slice, details: slice.fetched }
  const damaged = (await deps.sweepImages()).toSorted()
  const files = idSlices(entity, pace, '', async (after) => damaged.filter((id) => id > after).slice(0, 100))
  for await (const slice of files) yield { ...slice, details: slice.fetched }
}
