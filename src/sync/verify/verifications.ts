import type { Pool } from 'pg'
import { type Db, sql } from '../../../db/index.ts'
import { record } from '../../audit/index.ts'
import { errorCode, errorMessage, inputError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { type Clock, createLoop } from '../../runtime/index.ts'
import type { RepairsDeps } from './repair-types.ts'
import { createRepairs } from './repairs.ts'
import {
  abortOthers,
  alreadyRunning,
  endDone,
  endFailed,
  endStopped,
  insertRun,
  tellProgress,
  type VerifyRequest,
} from './run-rows.ts'
import { forgetOldRuns, getRun, latestRun, listRuns, reportsOf } from './runs.ts'
import { abortAbandoned, type Turn, takeTurn } from './turn.ts'
import type { VerifyDeps, VerifyOptions, VerifyProgress, VerifyReport } from './types.ts'
import type { Verifications } from './verifications-api.ts'
import type { Verify } from './verify.ts'

export interface VerificationsDeps extends RepairsDeps {
  readonly db: Db
  readonly pool: Pool
  readonly verify: Pick<Verify, 'run'>
  readonly entities: VerifyDeps['entities']
  readonly processId: string
  readonly clock: Clock
  readonly log: Logger
}

interface InHand {
  readonly id: string
  readonly controller: AbortController
  progress: VerifyProgress | undefined
  readonly ended: Promise<unknown>
}

const beatMs = 1_000
const lookEveryMs = 60_000

export function createVerifications(deps: VerificationsDeps): Verifications {
  const { db, pool, clock, log } = deps
  const repairs = createRepairs(deps)
  let inHand: InHand | undefined
  let closing = false
  const loop = createLoop({
    name: 'verifications',
    clock,
    errorRestMs: 5_000,
    onError: (error) => log.warn({ code: errorCode(error) }, `verifications: ${errorMessage(error)}`),
    async pass() {
      if ((await abortAbandoned(db)) > 0) log.warn('a comparison was left behind by its process and is marked aborted')
      if (await repairs.advance()) return 0
      return lookEveryMs
    },
  })

  return {
    async start(request) {
      const { run, work } = await begin(request, undefined)
      // Whoever asks later reads how it ended; here nobody waits.
      void work.catch(() => {})
      return run
    },
    async run({ signal, onProgress, ...request }) {
      const { run, work } = await begin(request, { signal, ...(onProgress && { onProgress }) })
      const report = await work
      return { run: await getRun(db, run.id), report }
    },
    async list(filter) {
      await abortAbandoned(db)
      return listRuns(db, filter)
    },
    async get(id) {
      await abortAbandoned(db)
      return getRun(db, id)
    },
    latest: (entity) => latestRun(db, entity),
    reports: (id, entity) => reportsOf(db, id, entity),
    async cancel(id, { actor, reason, requestId }) {
      await db.transaction().execute(async (tx) => {
        const { numAffectedRows } = await sql`
          update tds_verify_runs set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
          where id = ${id}::uuid and state = 'running'`.execute(tx)
        if (!numAffectedRows) {
          const { state } = await getRun(tx, id)
          throw inputError('VERIFY_NOT_RUNNING', `Comparison ${id} is ${state}: nothing is left to cancel`, 409)
        }
        await record(tx, { actor, action: 'verify.cancel', subject: `verify ${id}`, reason, requestId, affected: 1 })
      })
      if (inHand?.id === id) {
        inHand.controller.abort()
        await inHand.ended
      }
      return getRun(db, id)
    },
    repairs: {
      ...repairs,
      async request(request) {
        const answer = await repairs.request(request)
        if (answer.state === 'running') loop.nudge()
        return answer
      },
    },
    openUp: () => loop.start(),
    async close() {
      closing = true
      inHand?.controller.abort()
      await inHand?.ended
      await loop.stop()
    },
  }

  async function begin(
    request: VerifyRequest,
    watcher: (Pick<VerifyOptions, 'onProgress'> & { readonly signal: AbortSignal }) | undefined,
  ) {
    const names = namesOf(request.entityTypes ?? [])
    const turn = await takeTurn(pool)
    if (!turn) throw await alreadyRunning(db)
    try {
      // Nobody else has the turn: what says it runs does not.
      await abortOthers(db)
      const id = await insertRun(db, request, { names, processId: deps.processId })
      const controller = new AbortController()
      turn.onLost(() => controller.abort())
      const signal = watcher ? AbortSignal.any([controller.signal, watcher.signal]) : controller.signal
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      const run = await getRun(db, id)
      inHand = { id, controller, progress: undefined, ended }
      const work = perform(request, { id, names, signal, turn, onProgress: watcher?.onProgress }).finally(() => {
        inHand = undefined
        resolve()
      })
      return { run, work }
    } catch (error) {
      turn.end()
      throw error
    }
  }

  async function perform(
    { repair, everyField, sample }: VerifyRequest,
    task: {
      id: string
      names: readonly string[]
      signal: AbortSignal
      turn: Turn
      onProgress: VerifyOptions['onProgress']
    },
  ): Promise<VerifyReport> {
    const { id, names, signal, turn } = task
    const beat = createLoop({
      name: 'verification',
      clock,
      onError: (error) => log.warn({ code: errorCode(error) }, 'the progress of a comparison could not be written'),
      pass: () => tell(id),
    })
    beat.start()
    try {
      const report = await deps.verify.run({
        runId: id,
        entityTypes: names,
        ...(repair !== undefined && { repair }),
        ...(everyField !== undefined && { everyField }),
        ...(sample !== undefined && { sample }),
        signal,
        onProgress(progress) {
          if (inHand?.id === id) inHand.progress = progress
          task.onProgress?.(progress)
        },
      })
      await endDone(db, id, report)
      await forgetOldRuns(db)
      return report
    } catch (error) {
      await fail(id, error, signal).catch((cause: unknown) =>
        log.warn({ code: errorCode(cause) }, 'how a comparison ended could not be written'),
      )
      throw error
    } finally {
      await beat.stop()
      turn.end()
    }
  }

  /** Where it is, and whether somebody asked another process to end it. */
  async function tell(id: string): Promise<number> {
    if (await tellProgress(db, id, inHand?.progress)) inHand?.controller.abort()
    return beatMs
  }

  async function fail(id: string, error: unknown, { aborted }: AbortSignal): Promise<void> {
    if (aborted) return endStopped(db, id, closing ? 'The service stopped' : 'It was stopped')
    log.warn({ code: errorCode(error) }, `a comparison failed: ${errorMessage(error)}`)
    return endFailed(db, id, error)
  }

  function namesOf(wanted: readonly string[]): readonly string[] {
    for (const name of wanted) deps.entities.get(name)
    const all = deps.entities.list().map(({ name }) => name)
    return wanted.length === 0 ? all : all.filter((name) => wanted.includes(name))
  }
}
