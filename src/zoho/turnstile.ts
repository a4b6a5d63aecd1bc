import type { TdsError } from '../errors.ts'
import type { Clock } from '../runtime/index.ts'
import type { Grant, Slot } from './budget.ts'
import type { Denial, WaitReason } from './types.ts'

export interface TurnstileOptions {
  /** Asks the budget for as many slots as there are purposes. */
  readonly grant: (purposes: readonly string[]) => Promise<Grant>
  readonly giveBack: (slot: Slot) => Promise<void>
  /** The error for a wait that is too long to wait here, undefined for any other. */
  readonly tooLong: (denial: Denial) => TdsError | undefined
  readonly clock: Clock
}

export type Answer = { readonly slot: Slot } | Denial

/**
 * The queue of one lane in this process: first come, first served. One question to the budget is under way at a time and
 * asks for all who stand here; a denial lets the patient ones sleep until the moment it names, at no cost.
 */
export interface Turnstile {
  /** Never waits for a slot. */
  ask(purpose: string): Promise<Answer>
  wait(purpose: string, signal?: AbortSignal): Promise<Slot>
  /** A call has ended: waits for that look again. */
  nudge(): void
  waiting(): number
  /** Turns everyone away; resolves when no question is under way. */
  close(error: TdsError): Promise<void>
}

interface Visitor {
  readonly purpose: string
  readonly isPatient: boolean
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

const mostAtOnce = 50

export function createTurnstile({ grant, giveBack, tooLong, clock }: TurnstileOptions): Turnstile {
  let visitors: Visitor[] = []
  let running: Promise<void> | undefined
  let closed: TdsError | undefined
  let sleep: { readonly reason: WaitReason; readonly alarm: AbortController } | undefined

  return {
    ask: (purpose) => new Promise((resolve, reject) => enter({ purpose, isPatient: false, resolve, reject })),
    wait(purpose, signal) {
      return new Promise((resolve, reject) => {
        const abort = () => {
          visitors = visitors.filter((each) => each !== visitor)
          reject(signal?.reason)
        }
        const visitor: Visitor = {
          purpose,
          isPatient: true,
          resolve: (answer) => {
            signal?.removeEventListener('abort', abort)
            // Only slots are given to the patient.
            if ('slot' in answer) resolve(answer.slot)
          },
          reject: (error) => {
            signal?.removeEventListener('abort', abort)
            reject(error)
          },
        }
        if (signal?.aborted) return abort()
        signal?.addEventListener('abort', abort, { once: true })
        enter(visitor)
      })
    },
    nudge() {
      if (sleep?.reason === 'concurrency' || sleep?.reason === 'breaker') sleep.alarm.abort()
    },
    waiting: () => visitors.length,
    async close(error) {
      closed = error
      leaveAll(error)
      sleep?.alarm.abort()
      await running
    },
  }

  function enter(visitor: Visitor): void {
    if (closed) {
      visitor.reject(closed)
      return
    }
    visitors.push(visitor)
    if (!visitor.isPatient) sleep?.alarm.abort()
    running ??= run()
  }

  async function run(): Promise<void> {
    while (visitors.length > 0) {
      const restMs = await round().catch((error: unknown) => {
        leaveAll(error)
        return 0
      })
      if (restMs > 0 && visitors.length > 0 && visitors.every((each) => each.isPatient)) await rest(restMs)
      sleep = undefined
    }
    // In the same breath as the last look, or someone could enter in between and never be served.
    running = undefined
  }

  /** One question for everyone here. @returns how long those who stay may sleep */
  async function round(): Promise<number> {
    // Those who come within the same tick share the question.
    await Promise.resolve()
    const asked = visitors.slice(0, mostAtOnce)
    if (asked.length === 0) return 0
    const granted = await grant(asked.map(({ purpose }) => purpose))
    if ('slots' in granted) {
      for (const slot of granted.slots) await admit(slot, asked)
      return 0
    }
    const denial = { reason: granted.reason, retryAt: new Date(clock.now() + granted.waitMs) }
    deny(denial, asked)
    sleep = { reason: granted.reason, alarm: new AbortController() }
    return granted.waitMs
  }

  async function admit(slot: Slot, asked: readonly Visitor[]): Promise<void> {
    const next = visitors.find((each) => asked.includes(each)) ?? visitors[0]
    if (!next) return giveBack(slot)
    visitors = visitors.filter((each) => each !== next)
    next.resolve({ slot })
  }

  function deny(denial: Denial, asked: readonly Visitor[]): void {
    const error = tooLong(denial)
    const leaving = visitors.filter((each) => asked.includes(each) && (error !== undefined || !each.isPatient))
    visitors = visitors.filter((each) => !leaving.includes(each))
    for (const each of leaving) {
      if (each.isPatient) each.reject(error)
      else each.resolve(denial)
    }
  }

  async function rest(restMs: number): Promise<void> {
    // An operator may lift a block or raise a limit: nobody sleeps longer than a minute without looking.
    await clock.sleep(Math.min(restMs, 60_000), sleep?.alarm.signal)
  }

  function leaveAll(error: unknown): void {
    const leaving = visitors
    visitors = []
    for (const each of leaving) each.reject(error)
  }
}
