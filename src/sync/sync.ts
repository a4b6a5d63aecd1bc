import { type Db, isConnectionError } from '../../db/index.ts'
import type { Watch } from '../audit/index.ts'
import { errorCode, errorMessage, TdsError } from '../errors.ts'
import { inSerialOrder, unsettledOf } from '../queue/index.ts'
import { createLoop } from '../runtime/index.ts'
import { mustGoOn, mustRun, pauseOf, refuseHeld } from './held.ts'
import { alertHold, resolveHold } from './hold-alert.ts'
import { entitiesFor } from './modes.ts'
import { freshenOrganization } from './organization.ts'
import { openRun, releaseRun, renewEveryMs, renewLease, waitingRuns } from './own-run.ts'
import { type PlanDeps, slicesOf } from './plan.ts'
import { endRun, finishReading, getRun, listRuns, type RunFilter, takeSlice } from './runs.ts'
import { testFilters } from './self-test.ts'
import type { Mode, Run, RunRequest } from './types.ts'

export interface SyncDeps extends PlanDeps {
  readonly db: Db
  readonly processId: string
  /** Work was committed: wake the lanes here and elsewhere. */
  readonly wake: () => void
  /** Switch, limits and book of going on with runs whose process is gone. */
  readonly takeovers?: Watch
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

/** Ends of a run's work that somebody wanted. */
const deliberate: readonly string[] = ['RUN_PAUSED', 'RUN_CANCELLED', 'ZOHO_PAUSED']

export type Sync = ReturnType<typeof createSync>

/** Reads what a run needs, slice by slice, and hands it to the queue; the processors write it. */
export function createSync(deps: SyncDeps) {
  const { db, processId, clock, log } = deps
  const inHand = new Set<number>()
  const owner = { processId, inHand, takeovers: deps.takeovers }
  return {
    run,
    entitiesFor: (mode: Mode, names: readonly string[]) => entitiesFor(deps.entities, mode, names),
    list: (filter: RunFilter) => listRuns(db, filter),
    get: (id: number) => getRun(db, id),
    /** Asks each list that has a "changed since" filter whether it honours it; one call a list. */
    testFilters: (signal: AbortSignal) => testFilters(deps, signal),
    resumeAbandoned,
    /** Runs nobody works on and nobody holds, oldest first. */
    waiting: () => waitingRuns(db, owner),
    /** Goes on with one of them. @throws TdsError `SYNC_ALREADY_RUNNING` where another process was faster */
    goOn,
  }

  /**
   * One run of one entity, to its end. A failure of reading ends it as `incomplete`, a mass change as `held`; a stop
   * and a pause leave it to the next process. The answer tells which.
   * @throws TdsError `SYNC_ALREADY_RUNNING`, `SYNC_PAUSED`
   */
  async function run(request: RunRequest, given: RunOptions): Promise<Run> {
    await refuseHeld(db, request)
    const opened = await openRun(db, request, owner)
    const cancelled = new AbortController()
    const options = { ...given, signal: AbortSignal.any([given.signal, cancelled.signal]) }
    log.info({ run: opened.id, entity: request.entityType, mode: request.mode, page: opened.next_page }, 'run started')
    try {
      await keeping(opened, cancelled, () => readAll(opened, request, options))
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

  /**
   * The lease is renewed all the while, so that nobody takes over a run that only waits; and a cancellation is heard
   * however long a call or a permit takes.
   */
  async function keeping(opened: Run, cancelled: AbortController, work: () => Promise<void>): Promise<void> {
    const onError = (error: unknown) => log.warn({ err: error, run: opened.id }, 'the lease of a run was not renewed')
    const pass = () => renewLease(db, opened, owner).then(() => renewEveryMs)
    const renewal = createLoop({ name: 'run lease', clock, onError, pass })
    const watch = createLoop({ name: 'run watch', clock, onError, pass: () => hear(opened.id, cancelled) })
    inHand.add(opened.id)
    renewal.start()
    watch.start()
    try {
      await work()
    } finally {
      await Promise.all([renewal.stop(), watch.stop()])
      inHand.delete(opened.id)
    }
  }

  async function hear(id: number, cancelled: AbortController): Promise<number> {
    await mustRun(db, id).catch((error: unknown) => {
      if (errorCode(error) !== 'RUN_CANCELLED') throw error
      cancelled.abort(error)
    })
    return cancelled.signal.aborted ? 60_000 : 1_000
  }

  /** A stop, a pause and a lost database leave the run to whoever is there next; anything else ends it, and says how. */
  async function breakOff(opened: Run, error: unknown, signal: AbortSignal): Promise<void> {
    const { id, entity_type } = opened
    const code = errorCode(error)
    const facts = { run: id, entity: entity_type, code }
    if (deliberate.includes(code)) log.info(facts, errorMessage(error))
    else log.warn({ ...facts, err: error }, 'run ended before it had read everything')
    if (signal.aborted || deliberate.includes(code) || isConnectionError(error)) return releaseRun(db, opened, owner)
    if (code === 'MASS_CHANGE') await alertHold(db, entity_type, id, error)
    await endRun(db, opened, processId, { status: code === 'MASS_CHANGE' ? 'held' : 'incomplete', error })
  }

  async function feed(opened: Run, request: RunRequest, options: RunOptions): Promise<void> {
    const { signal } = options
    const settledSoFar = async () => {
      await fewerThan(1, opened, options, patienceMs)
      await mustGoOn(db, opened)
    }
    await mustGoOn(db, opened)
    for await (const slice of slicesOf(deps, { run: opened, request, signal, settledSoFar })) {
      // Bulk work never floods the queue.
      await fewerThan(200, opened, options)
      await inSerialOrder(() => db.transaction().execute((tx) => takeSlice(tx, opened, slice, processId)))
      if (slice.requests.length > 0) deps.wake()
      await report(opened, options)
      await mustGoOn(db, opened)
    }
  }

  /** Waits until fewer of this run's items are unsettled, or patience is over. */
  async function fewerThan(most: number, opened: Run, options: RunOptions, withinMs = Infinity): Promise<void> {
    const deadline = clock.now() + withinMs
    while ((await unsettledOf(db, opened.id)) >= most && clock.now() < deadline) {
      if (options.signal.aborted) throw new TdsError('RUN_STOPPED', 'transient', 'The run was stopped')
      await clock.sleep(50, options.signal)
      // A page that was read is taken in even where a pause keeps the queue from emptying.
      if ((await report(opened, options)).status !== 'running' || (await isHeldNow(opened))) return
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

  async function isHeldNow({ id, entity_type, mode }: Run): Promise<boolean> {
    return (await pauseOf(db, { entityType: entity_type, mode, id })) !== undefined
  }

  function goOn({ entity_type, mode }: Pick<Run, 'entity_type' | 'mode'>, signal: AbortSignal): Promise<Run> {
    const request = { entityType: entity_type, mode: mode as Mode, trigger: 'resume' }
    return run(request, { signal, settleWithinMs: patienceMs })
  }

  /** Goes on with the runs of processes that are gone, but for those another process has gone on with meanwhile. */
  async function resumeAbandoned(signal: AbortSignal): Promise<void> {
    for (const each of await waitingRuns(db, owner)) {
      await goOn(each, signal).catch((error: unknown) => {
        if (errorCode(error) !== 'SYNC_ALREADY_RUNNING') throw error
      })
    }
  }
}
