import type { Pool } from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { type Db, sql } from '../../../db/index.ts'
import { record } from '../../audit/index.ts'
import { errorCode, errorMessage, inputError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { type Clock, createLoop } from '../../runtime/index.ts'
import { createRepairs, type Repairs, type RepairsDeps } from './repairs.ts'
import {
  forgetOldRuns,
  getRun,
  latestRun,
  listRuns,
  reportsOf,
  type VerifyRun,
  type VerifyRunFilter,
  type VerifyRunPage,
} from './runs.ts'
import { abortAbandoned, type Turn, takeTurn } from './turn.ts'
import type { EntityReport, VerifyDeps, VerifyOptions, VerifyProgress, VerifyReport } from './types.ts'
import type { Verify } from './verify.ts'

export interface VerifyRequest extends Pick<VerifyOptions, 'entityTypes' | 'repair' | 'everyField' | 'sample'> {
  readonly trigger: 'api' | 'cli' | 'schedule'
  readonly actor: string
  readonly reason?: string | undefined
  readonly requestId?: string | undefined
}

/** Comparisons as things: begun, watched, cancelled, looked up and acted upon. One runs at a time among all processes. */
export interface Verifications {
  /** Begins one in the background. @throws TdsError `VERIFY_RUNNING` `ENTITY_UNKNOWN` */
  start(request: VerifyRequest): Promise<VerifyRun>
  /** One to its end. @throws TdsError `VERIFY_RUNNING` `ENTITY_UNKNOWN`, and what kept Zoho from being read */
  run(
    request: VerifyRequest & Pick<VerifyOptions, 'signal' | 'onProgress'>,
  ): Promise<{ readonly run: VerifyRun; readonly report: VerifyReport }>
  list(
    filter: VerifyRunFilter & { readonly limit: number; readonly after?: string | undefined },
  ): Promise<VerifyRunPage>
  /** @throws TdsError `VERIFY_NOT_FOUND` */
  get(id: string): Promise<VerifyRun>
  /** The newest that ended. @throws TdsError `VERIFY_NOT_FOUND` */
  latest(entity?: string): Promise<VerifyRun>
  reports(id: string, entity?: string): Promise<readonly EntityReport[]>
  /** It ends within seconds, whichever process runs it. @throws TdsError `VERIFY_NOT_FOUND` `VERIFY_NOT_RUNNING` */
  cancel(
    id: string,
    author: { readonly actor: string; readonly reason: string; readonly requestId?: string | undefined },
  ): Promise<VerifyRun>
  readonly repairs: Repairs
  /** Marks what a process left behind, and works on repairs in the background. */
  openUp(): void
  /** Ends the one in hand as aborted. */
  close(): Promise<void>
}

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
    if (!turn) throw await alreadyRunning()
    try {
      // Nobody else has the turn: what says it runs does not.
      await abortOthers()
      const id = await insert(request, names)
      const controller = new AbortController()
      turn.onLost(() => controller.abort())
      const signal = watcher ? AbortSignal.any([controller.signal, watcher.signal]) : controller.signal
      const { promise: ended, resolve } = Promise.withResolvers<void>()
      inHand = { id, controller, progress: undefined, ended }
      const work = perform(request, { id, names, signal, turn, onProgress: watcher?.onProgress }).finally(() => {
        inHand = undefined
        resolve()
      })
      return { run: await getRun(db, id), work }
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
      await sql`
        update tds_verify_runs set state = 'done', finished_at = clock_timestamp(), ok = ${report.ok}, calls = ${report.calls}
        where id = ${id}::uuid and state = 'running'`.execute(db)
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
    const { rows } = await sql<{ cancelled: boolean }>`
      update tds_verify_runs set progress = ${inHand?.progress ? JSON.stringify(inHand.progress) : null}::jsonb
      where id = ${id}::uuid and state = 'running'
      returning cancel_requested_at is not null as cancelled`.execute(db)
    if (rows[0]?.cancelled) inHand?.controller.abort()
    return beatMs
  }

  async function fail(id: string, error: unknown, signal: AbortSignal): Promise<void> {
    const stopped = signal.aborted
    const [code, message] = stopped
      ? ['VERIFY_ABORTED', closing ? 'The service stopped' : 'It was stopped']
      : [errorCode(error), errorMessage(error)]
    await sql`
      update tds_verify_runs set finished_at = clock_timestamp(),
        state = case when cancel_requested_at is not null and ${stopped} then 'cancelled' when ${stopped} then 'aborted' else 'failed' end,
        error_code = case when cancel_requested_at is not null and ${stopped} then null else ${code} end,
        error_message = case when cancel_requested_at is not null and ${stopped} then null else ${message} end
      where id = ${id}::uuid and state = 'running'`.execute(db)
    if (!stopped) log.warn({ code }, `a comparison failed: ${message}`)
  }

  function namesOf(wanted: readonly string[]): readonly string[] {
    for (const name of wanted) deps.entities.get(name)
    const all = deps.entities.list().map(({ name }) => name)
    return wanted.length === 0 ? all : all.filter((name) => wanted.includes(name))
  }

  async function insert(request: VerifyRequest, names: readonly string[]): Promise<string> {
    const { trigger, actor, reason, requestId, sample, everyField = false, repair = false } = request
    const id = uuidv7()
    await db.transaction().execute(async (tx) => {
      await sql`
        insert into tds_verify_runs (id, trigger, actor, reason, entities, sample, all_fields, repair, process_id)
        values (${id}, ${trigger}, ${actor}, ${reason ?? null}, array(select jsonb_array_elements_text(${JSON.stringify(names)}::jsonb)),
          ${sample ?? null}, ${everyField}, ${repair}, ${deps.processId})`.execute(tx)
      if (trigger === 'schedule') return
      const filter = { entities: request.entityTypes ?? [], sample, all_fields: everyField, repair }
      await record(tx, { actor, action: 'verify.start', subject: `verify ${id}`, reason, requestId, filter })
    })
    return id
  }

  async function abortOthers(): Promise<void> {
    await sql`
      update tds_verify_runs set state = 'aborted', finished_at = clock_timestamp(), error_code = 'VERIFY_ABORTED',
        error_message = 'Its process ended before the comparison did; nothing is proven by it'
      where state = 'running'`.execute(db)
  }

  async function alreadyRunning() {
    const { items } = await listRuns(db, { state: 'running', limit: 1 })
    const id = items[0]?.id
    return inputError(
      'VERIFY_RUNNING',
      `A comparison${id ? ` (${id})` : ''} is under way; one runs at a time`,
      409,
      id ? { id } : {},
    )
  }
}
