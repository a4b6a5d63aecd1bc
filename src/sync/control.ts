import type { Db } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import type { Entities } from '../entities/index.ts'
import { inputError } from '../errors.ts'
import type { Change, Pause, Pauses, Target } from '../pauses/index.ts'
import type { Clock } from '../runtime/index.ts'
import { type Cancelled, cancelRun } from './cancel.ts'
import { type CostDeps, costOfSync, type SyncCost } from './cost.ts'
import { type Cursor, type CursorChange, type CursorReset, listCursors, resetCursor } from './cursors.ts'
import { refuseHeld } from './held.ts'
import { entitiesFor } from './modes.ts'
import { queueRun } from './own-run.ts'
import type { Planner } from './planner/index.ts'
import { detailsOf, isOver, type RunDetails, type RunView, viewOf } from './run-view.ts'
import type { Runner } from './runner.ts'
import { getRun, listRuns, type RunFilter } from './runs.ts'
import type { Mode, Run, RunRequest } from './types.ts'

export interface StartRequest {
  readonly mode: Mode
  /** None means those the mode is made for. */
  readonly entities?: readonly string[] | undefined
  readonly since?: Date | undefined
  readonly limit?: number | undefined
  readonly acceptMassChange?: boolean | undefined
  /** Who asked: `api`, `cli`, `schedule`. */
  readonly trigger: string
}

/** What people do with runs; page, API and command line alike. */
export interface SyncControl {
  /**
   * Queues a run for each entity, and answers at once; this process begins them, the leader if it is gone. All or none.
   * @throws TdsError `SYNC_ALREADY_RUNNING`, `SYNC_PAUSED`, `SYNC_MODE_UNKNOWN`, `ENTITY_UNKNOWN`
   */
  start(request: StartRequest, change: Change): Promise<readonly Run[]>
  /** What that would read and take; calls nobody. */
  cost(request: Omit<StartRequest, 'trigger'>): Promise<SyncCost>
  list(filter: RunFilter): Promise<{ items: readonly RunView[]; total: number; next: number | null }>
  get(id: number): Promise<RunDetails>
  pauses(): Promise<readonly Pause[]>
  /** What is in work ends; a run stops after the page in hand. @throws TdsError `RUN_NOT_PAUSABLE` */
  pause(target: Target, change: Change): Promise<Pause>
  /** @throws TdsError `NOT_PAUSED` */
  resume(target: Target, change: Change): Promise<void>
  cancel(id: number, change: Change): Promise<Cancelled>
  cursors(): Promise<readonly Cursor[]>
  resetCursor(reset: CursorReset, change: Change): Promise<CursorChange>
}

export interface ControlDeps extends Omit<CostDeps, 'planner'> {
  readonly db: Db
  readonly entities: Entities
  readonly planner: Planner
  readonly pauses: Pauses
  readonly runner: Pick<Runner, 'take'>
  readonly waiting: () => Promise<readonly Pick<Run, 'id'>[]>
  readonly clock: Clock
}

export function createSyncControl(deps: ControlDeps): SyncControl {
  const { db, entities, pauses, runner, clock } = deps
  const now = () => new Date(clock.now())
  const namesFor = ({ mode, entities: names = [] }: Pick<StartRequest, 'mode' | 'entities'>) =>
    entitiesFor(entities, mode, names).map(({ name }) => name)
  return {
    async start(request, change) {
      const names = namesFor(request)
      for (const entityType of names) await refuseHeld(db, { entityType, mode: request.mode })
      const limits = await limitsOf(deps, request, names)
      const runs = await db.transaction().execute(async (tx) => {
        const queued: Run[] = []
        for (const entityType of names) {
          const limit = limits.get(entityType)
          if (limit !== 0) queued.push(await queueRun(tx, toRunRequest(request, entityType, limit, change)))
        }
        const { actor, reason, requestId } = change
        const filter = {
          mode: request.mode,
          entities: request.entities ?? [],
          since: request.since,
          limit: request.limit,
        }
        const after = { runs: queued.map(({ id }) => id) }
        const entry = { action: 'sync.start', subject: `${request.mode} sync`, affected: queued.length, filter, after }
        await record(tx, { ...entry, actor, reason, requestId })
        return queued
      })
      runner.take(runs.map(({ id }) => id))
      return runs
    },
    cost: ({ mode, since, limit, ...request }) =>
      costOfSync(deps, { mode, names: namesFor({ mode, ...request }), since, limit }),
    async list(filter) {
      const page = await listRuns(db, filter)
      return { ...page, items: page.items.map((run) => viewOf(run, now())) }
    },
    get: async (id) => detailsOf({ db, entities, now: now() }, await getRun(db, id)),
    pauses: pauses.list,
    async pause(target, change) {
      if (target.kind === 'run') await mustBePausable(db, target.runId)
      if (target.kind === 'runs' && target.entityType !== undefined) entities.get(target.entityType)
      return pauses.pause(target, change)
    },
    async resume(target, change) {
      if ((await pauses.resume(target, change)) === 0) throw inputError('NOT_PAUSED', 'This is not paused', 409)
      runner.take((await deps.waiting()).map(({ id }) => id))
    },
    cancel: (id, change) => cancelRun(db, id, change),
    cursors: () => listCursors(db, entities),
    resetCursor: (reset, change) => resetCursor({ db, entities, now: now() }, reset, change),
  }
}

/** A backfill reads what today's calls allow, unless somebody names a limit; where nothing is allowed there is no run. */
async function limitsOf(
  { planner }: Pick<ControlDeps, 'planner'>,
  { mode, limit }: StartRequest,
  names: readonly string[],
): Promise<ReadonlyMap<string, number | undefined>> {
  if (mode !== 'backfill') return new Map(names.map((name) => [name, limit]))
  const plan = await planner.plan()
  const allowed = new Map(plan.entities.map(({ entity, allowed_now }) => [entity, allowed_now]))
  return new Map(names.map((name) => [name, Math.min(allowed.get(name) ?? 0, limit ?? Number.POSITIVE_INFINITY)]))
}

function toRunRequest(
  { mode, since, acceptMassChange = false, trigger }: StartRequest,
  entityType: string,
  limit: number | undefined,
  { actor, reason }: Change,
): RunRequest {
  return {
    entityType,
    mode,
    trigger,
    acceptMassChange,
    requestedBy: actor,
    reason,
    ...(since && { since }),
    ...(limit !== undefined && { limit }),
  }
}

async function mustBePausable(db: Db, id: number): Promise<void> {
  const run = await getRun(db, id)
  if (run.status === 'queued' || run.status === 'running') return
  const words = isOver(run) ? `is ${run.status}` : 'has read everything; its last items are written by themselves'
  throw inputError('RUN_NOT_PAUSABLE', `Run ${id} ${words}`, 409)
}
