import { TdsError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import type { Budget, Lane, Slot } from './budget.ts'
import { waitError, waitingUntil, zohoError } from './errors.ts'
import type { Timing } from './timing.ts'
import { createTurnstile, type Turnstile } from './turnstile.ts'
import type { Permit, PermitAnswer, PermitRequest, Product, WaitReason } from './types.ts'

export interface PermitsOptions {
  readonly budget: Budget
  readonly clock: Clock
  readonly log: Logger
  readonly timing: Timing
  /** Why no permit would be of use now: not configured, no token. */
  readonly obstacle: () => TdsError | undefined
  /** In words, why a person wants no calls now. */
  readonly held: () => Promise<string | undefined>
}

/** Gives slots of the budget to callers and knows which are still to be spent. */
export interface Permits {
  acquire(request: PermitRequest): Promise<PermitAnswer>
  acquireWhenFree(request: PermitRequest & { readonly signal?: AbortSignal }): Promise<Permit>
  /**
   * The call of this permit begins.
   * @returns until when it must have ended, by the clock: the slot is only held so long
   * @throws TdsError `ZOHO_PERMIT_EXPIRED`
   */
  spend(permit: Permit, call: { readonly product: Product; readonly path: string }): Promise<number>
  /** A call has ended: those who wait for that look again. */
  nudge(): void
  waiting(): number
  close(error: TdsError): Promise<void>
}

const pruneEveryMs = 60_000
const pausedRestMs = 2_000

export function createPermits({ budget, clock, log, timing, obstacle, held }: PermitsOptions): Permits {
  const lanes = new Map<string, Turnstile>()
  /** Until when, by permit id, for those that are neither spent nor cancelled. */
  const open = new Map<number, number>()
  let prunedAt = clock.now()
  let pruning: Promise<void> | undefined

  return {
    async acquire(request) {
      const error = obstacle() ?? (await pause())
      if (error) return { retryAt: error.retryAt ?? new Date(clock.now()), reason: reasonOf(error) }
      const answer = await laneOf(request).ask(request.purpose)
      return 'slot' in answer ? { permit: permitOf(answer.slot, request.product) } : answer
    },
    async acquireWhenFree(request) {
      await obstacleGone(request.signal)
      const paused = await pause()
      if (paused) throw paused
      return permitOf(await laneOf(request).wait(request.purpose, request.signal), request.product)
    },
    async spend(permit, call) {
      const expiresAt = open.get(permit.id)
      // With less than half a deadline left, our own lateness would look like Zoho's.
      const latest = (expiresAt ?? 0) - timing.deadlineMs / 2
      const isGood = expiresAt !== undefined && clock.now() < latest && permit.product === call.product
      if (!isGood) {
        await permit.cancel()
        // Nothing but our own slowness is in the way: the next slot will do.
        const error = zohoError('ZOHO_PERMIT_EXPIRED', call, { detail: { permit: permit.id } })
        throw waitingUntil(error, new Date(clock.now() + timing.retryMs))
      }
      open.delete(permit.id)
      return expiresAt
    },
    nudge,
    waiting: () => [...lanes.values()].reduce((sum, lane) => sum + lane.waiting(), 0),
    async close(error) {
      await Promise.all([...lanes.values()].map((lane) => lane.close(error)))
      await pruning
    },
  }

  function nudge(): void {
    for (const lane of lanes.values()) lane.nudge()
  }

  function laneOf({ product, bulk = false }: PermitRequest): Turnstile {
    const key = `${product} ${bulk}`
    const lane = lanes.get(key) ?? newLane({ product, bulk })
    lanes.set(key, lane)
    return lane
  }

  function newLane(lane: Lane): Turnstile {
    const patienceMs = timing.patienceMs
    return createTurnstile({
      clock,
      grant: (purposes) => grant(lane, purposes),
      giveBack: (slot) => permitOf(slot, lane.product).cancel(),
      tooLong: (denial) =>
        denial.retryAt.getTime() - clock.now() > patienceMs ? waitError(denial, lane.product) : undefined,
    })
  }

  async function grant(lane: Lane, purposes: readonly string[]) {
    // Taken before the question: the database counts from a later moment, so our limit is the earlier one.
    const expiresAt = clock.now() + holdMs(timing)
    const granted = await budget.grant(lane, purposes, holdMs(timing))
    if ('slots' in granted) for (const { id } of granted.slots) open.set(id, expiresAt)
    prune()
    return granted
  }

  function permitOf({ id, startedAt }: Slot, product: Product): Permit {
    return {
      id,
      product,
      startedAt,
      async cancel() {
        if (!open.delete(id)) return
        await budget.cancel(id)
        nudge()
      },
    }
  }

  /** Nobody knows when it ends, so those who can wait are told to, and the others go home. */
  async function pause(): Promise<TdsError | undefined> {
    const words = await held()
    if (words === undefined) return undefined
    const options = { retryAt: new Date(clock.now() + pausedRestMs) }
    return new TdsError('ZOHO_PAUSED', 'wait', `No call is made: ${words}`, options)
  }

  async function obstacleGone(signal: AbortSignal | undefined): Promise<void> {
    for (let error = obstacle(); error; error = obstacle()) {
      const restMs = (error.retryAt?.getTime() ?? Number.POSITIVE_INFINITY) - clock.now()
      if (restMs > timing.patienceMs) throw error
      await clock.sleep(Math.max(1, restMs), signal)
      signal?.throwIfAborted()
    }
  }

  /** Now and then, beside the work: rows that count no longer, and permits nobody spent. */
  function prune(): void {
    if (clock.now() - prunedAt < pruneEveryMs) return
    prunedAt = clock.now()
    for (const [id, expiresAt] of open) if (expiresAt < prunedAt) open.delete(id)
    pruning = budget.prune().catch((error: unknown) => log.warn({ err: error }, 'old Zoho calls were not removed'))
  }
}

function reasonOf({ code }: TdsError): WaitReason {
  if (code === 'ZOHO_PAUSED') return 'paused'
  return code === 'ZOHO_NOT_CONFIGURED' ? 'not_configured' : 'token'
}

/** How long a slot is held for a call that may begin late and take its whole deadline. */
const holdMs = ({ permitSlackMs, deadlineMs }: Timing) => permitSlackMs + deadlineMs
