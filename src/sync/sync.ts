import { type Db, isConnectionError } from '../../db/index.ts'
import { errorCode, TdsError } from '../errors.ts'
import { inSerialOrder, unsettledOf } from '../queue/index.ts'
import { createLoop } from '../runtime/index.ts'
import { alertHold, resolveHold } from './hold-alert.ts'
import { entitiesFor } from './modes.ts'
import { freshenOrganization } from './organization.ts'
import { abandonedRuns, openRun, releaseRun, renewEveryMs, renewLease } from './own-run.ts'
import { type PlanDeps, slicesOf } from './plan.ts'
import { endRun, finishReading, getRun, listRuns, takeSlice } from './runs.ts'
import { testFilters } from './self-test.ts'
import type { Mode, Run, RunRequest } from './types.ts'

export interface SyncDeps extends PlanDeps {
  readonly db: Db
  readonly processId: string
  /** Work was committed: wake the lanes here and elsewhere. */
  readonly wake: () => void
}

export interface RunOptions {
  readonly signal: AbortSignal
  /** Called with the run as it stands, after each step and while it settles. */
  readonly onProgress?: (run: Run) => void
  /** How long to wait for the last item after everything is read; the run settles without us as well. @default for ever */
  readonly settleWithinMs?: number
}

/**
 * A run that others follow is waited for so long: children come after their parents' last row, but one item that waits
 * for tomorrow's allowance must not stop the timetable.
 */
export const patienceMs = 10 * 60_000

export type Sync = ReturnType<typeof createSync>

/** Reads what a run needs, slice by slice, and hands it to the queue; the processors write it. */
export function createSync(deps: SyncDeps) {
  const { db, processId, clock, log } = deps
  const inHand = new Set<number>()
  const owner = { processId, inHand }
  return {
    run,
    entitiesFor: (mode: Mode, names: readonly string[]) => entitiesFor(deps.entities, mode, names),
    list: (page: { limit: number; after?: number | undefined }) => listRuns(db, page),
    get: (id: number) => getRun(db, id),
    /** Asks each list that has a "changed since" filter whether it honours it; one call a list. */
    testFilters: (signal: AbortSignal) => testFilters(deps, signal),
    resumeAbandoned,
  }

  /**
   * One run of one entity, to its end. A failure of reading ends it as `incomplete`, a mass change as `held`; a stop
   * leaves it to the next process. The answer tells which.
   */
  async function run(request: RunRequest, options: RunOptions): Promise<Run> {
    const opened = await openRun(db, request, owner)
    log.info({ run: opened.id, entity: request.entityType, mode: request.mode, page: opened.next_page }, 'run started')
    try {
      await keeping(opened, () => readAll(opened, request, options))
    } catch (error) {
      await breakOff(opened, error, options.signal)
      return report(opened, options)
    }
    const ended = await settled(opened, options)
    if (ended.status === 'settled' || ended.status === 'read') await resolveHold(db, request.entityType)
    const { id, entity_type, status, strategy, fetched, written, unchanged, failed } = ended
    log.info({ run: id, entity: entity_type, status, strategy, fetched, written, unchanged, failed }, 'run ended')
    return ended
  }

  async function readAll(opened: Run, request: RunRequest, options: RunOptions): Promise<void> {
    await freshenOrganization(db, deps.zoho, options.signal)
    await feed(opened, request, options)
    await finishReading(db, opened, processId)
  }

  /** The lease is renewed all the while, so that nobody takes over a run that only waits. */
  async function keeping(opened: Run, work: () => Promise<void>): Promise<void> {
    const onError = (error: unknown) => log.warn({ err: error, run: opened.id }, 'the lease of a run was not renewed')
    const pass = () => renewLease(db, opened, owner).then(() => renewEveryMs)
    const renewal = createLoop({ name: 'run lease', clock, onError, pass })
    inHand.add(opened.id)
    renewal.start()
    try {
      await work()
    } finally {
      await renewal.stop()
      inHand.delete(opened.id)
    }
  }

  /** A stop and a lost database leave the run to whoever is there next; anything else ends it, and says how. */
  async function breakOff(opened: Run, error: unknown, signal: AbortSignal): Promise<void> {
    const { id, entity_type } = opened
    log.warn(
      { run: id, entity: entity_type, code: errorCode(error), err: error },
      'run ended before it had read everything',
    )
    if (signal.aborted || isConnectionError(error)) return releaseRun(db, opened)
    if (errorCode(error) === 'MASS_CHANGE') await alertHold(db, entity_type, id, error)
    await endRun(db, opened, errorCode(error) === 'MASS_CHANGE' ? 'held' : 'incomplete', error)
  }

  async function feed(opened: Run, request: RunRequest, options: RunOptions): Promise<void> {
    const { signal } = options
    const settledSoFar = () => fewerThan(1, opened, options, patienceMs)
    for await (const slice of slicesOf(deps, { run: opened, request, signal, settledSoFar })) {
      // Bulk work never floods the queue.
      await fewerThan(200, opened, options)
      await inSerialOrder(() => db.transaction().execute((tx) => takeSlice(tx, opened, slice, processId)))
      if (slice.requests.length > 0) deps.wake()
      await report(opened, options)
    }
  }

  /** Waits until fewer of this run's items are unsettled, or patience is over. */
  async function fewerThan(most: number, opened: Run, options: RunOptions, withinMs = Infinity): Promise<void> {
    const deadline = clock.now() + withinMs
    while ((await unsettledOf(db, opened.id)) >= most && clock.now() < deadline) {
      if (options.signal.aborted) throw new TdsError('RUN_STOPPED', 'transient', 'The run was stopped')
      await clock.sleep(50, options.signal)
      await report(opened, options)
    }
  }

  async function settled(opened: Run, options: RunOptions): Promise<Run> {
    const deadline = clock.now() + (options.settleWithinMs ?? Number.POSITIVE_INFINITY)
    while (true) {
      const now = await report(opened, options)
      if (now.status !== 'read' || options.signal.aborted || clock.now() >= deadline) return now
      await clock.sleep(100, options.signal)
    }
  }

  async function report(opened: Run, options: RunOptions): Promise<Run> {
    const now = await getRun(db, opened.id)
    options.onProgress?.(now)
    return now
  }

  /** Goes on with the runs of processes that are gone, but for those another process has gone on with meanwhile. */
  async function resumeAbandoned(signal: AbortSignal): Promise<void> {
    for (const { entity_type, mode } of await abandonedRuns(db, owner)) {
      const request = { entityType: entity_type, mode: mode as Mode, trigger: 'resume' }
      await run(request, { signal, settleWithinMs: patienceMs }).catch((error: unknown) => {
        if (errorCode(error) !== 'SYNC_ALREADY_RUNNING') throw error
      })
    }
  }
}
