import type { Entities, Entity } from '../entities/index.ts'
import { inputError } from '../errors.ts'
import { priorities } from '../queue/index.ts'
import { createGuard } from './guard.ts'
import { idSlices, missingSlices, ownerSlices } from './hint-sources.ts'
import { listSlices, type SourceDeps } from './list-source.ts'
import type { Mode, Pace, Run, RunRequest, Slice } from './types.ts'

export interface PlanDeps extends SourceDeps {
  /** Ids of items whose picture needs work, ascending, after the given one. */
  readonly wantedImages: (after: string, limit: number) => Promise<readonly string[]>
  /** Removes files no row names and answers the items whose file is missing or damaged. */
  readonly sweepImages: () => Promise<readonly string[]>
}

const paces: Readonly<Record<Mode, Pace>> = {
  full: { priority: priorities.full, isBulk: true },
  incremental: { priority: priorities.incremental, isBulk: false },
  sweep: { priority: priorities.stock, isBulk: true },
  images: { priority: priorities.image, isBulk: true },
}

/** Modification times have whole seconds and may become visible late: the last five minutes are read again. */
const overlapMs = 5 * 60_000

/** Which records a run reads, in slices: the one place that knows what the modes mean. */
export async function* slicesOf(
  deps: PlanDeps,
  run: Run,
  request: RunRequest,
  signal: AbortSignal,
): AsyncGenerator<Slice> {
  const entity = deps.entities.get(run.entity_type)
  const pace = paces[request.mode]
  if (entity.lane === 'image') return yield* imageSlices(deps, entity, run, pace)
  if (!entity.list) return yield* ownerSlices(deps, entity, run, pace)
  const guard = await createGuard(deps.db, entity, request.acceptMassChange ?? false)
  const since = request.mode === 'incremental' && entity.list.modifiedSince ? run.modified_since : null
  yield* listSlices(deps, entity, entity.list, {
    run,
    guard,
    pace,
    signal,
    since: since ? new Date(since.getTime() - overlapMs) : undefined,
  })
  if (request.mode === 'full') yield* missingSlices(deps, entity, run, guard, pace)
}

/** Pictures that Zoho changed, then those whose file here is missing or damaged. */
async function* imageSlices(deps: PlanDeps, entity: Entity, run: Run, pace: Pace): AsyncGenerator<Slice> {
  yield* idSlices(entity, pace, run.position ?? '', (after) => deps.wantedImages(after, 100))
  const damaged = (await deps.sweepImages()).toSorted()
  yield* idSlices(entity, pace, '', async (after) => damaged.filter((id) => id > after).slice(0, 100))
}

/**
 * The entities a command means: the named ones, or without names those that the mode is made for, in the order of a
 * full sync.
 * @throws TdsError `SYNC_MODE_UNKNOWN` when a named entity has no such mode, `ENTITY_UNKNOWN`
 */
export function entitiesFor(entities: Entities, mode: Mode, names: readonly string[]): readonly Entity[] {
  for (const name of names) {
    const modes = modesOf(entities.get(name))
    if (!modes.includes(mode))
      throw inputError('SYNC_MODE_UNKNOWN', `${name} has no ${mode} sync; it has ${modes.join(', ')}`)
  }
  return entities.list().filter((entity) => (names.length > 0 ? names.includes(entity.name) : isMadeFor(mode, entity)))
}

/** What has a list can be read by change, and by its list rows for values that move without one. */
export function modesOf(entity: Entity): readonly Mode[] {
  if (entity.lane === 'image') return ['full', 'images']
  return entity.list ? ['full', 'incremental', 'sweep'] : ['full', 'sweep']
}

/** A sweep without names means what only moves silently: the entities without a list of their own. */
const isMadeFor = (mode: Mode, entity: Entity): boolean =>
  modesOf(entity).includes(mode) && (mode !== 'sweep' || !entity.list)
