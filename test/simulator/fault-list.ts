import type { Call } from './calls.ts'
import { type Fault, type FaultSettings, matches } from './faults.ts'

/** The faults that are set, and the calls they hold back. */
export interface FaultList {
  set(settings: FaultSettings): string
  /** Removes one fault or all; calls it held go on. */
  clear(id?: string): void
  list(): { id: string; settings: FaultSettings; struck: number; waiting: number }[]
  /** The faults that strike this call, counted as struck. */
  strike(call: Call): Fault[]
  /** Resolves when the call may go on. */
  hold(fault: Fault): Promise<void>
  /** Lets held calls of one fault, or of all, go on; the fault stays for the next ones. */
  release(id?: string): number
  /** Resolves when at least `count` calls wait in a hold. */
  waiting(id: string, count: number, signal?: AbortSignal): Promise<void>
}

export function createFaultList(): FaultList {
  let faults: Fault[] = []
  let watchers: (() => void)[] = []
  let lastId = 0

  const find = (id: string) => faults.find((fault) => fault.id === id)
  const chosen = (id: string | undefined) => faults.filter((fault) => id === undefined || fault.id === id)

  function release(id?: string): number {
    const waiting = chosen(id).flatMap(({ held }) => held.splice(0))
    for (const go of waiting) go()
    return waiting.length
  }

  return {
    release,
    set(settings) {
      const id = `fault-${++lastId}`
      faults.push({ id, settings, seen: 0, struck: 0, held: [] })
      return id
    },
    clear(id) {
      release(id)
      faults = id === undefined ? [] : faults.filter((fault) => fault.id !== id)
      for (const look of watchers) look()
    },
    list: () => faults.map(({ id, settings, struck, held }) => ({ id, settings, struck, waiting: held.length })),
    strike: (call) => faults.filter((fault) => strikes(fault, call)),
    hold(fault) {
      // Cleared between the strike and here: nothing would ever release the call.
      if (!faults.includes(fault)) return Promise.resolve()
      return new Promise((resolve) => {
        fault.held.push(resolve)
        for (const look of watchers) look()
      })
    },
    waiting(id, count, signal) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const fault = find(id)
          if (!fault) settle(() => reject(new Error(`there is no fault ${id}`)))
          else if (fault.held.length >= count) settle(resolve)
        }
        const abort = () => settle(() => reject(signal?.reason))
        const settle = (end: () => void) => {
          watchers = watchers.filter((watcher) => watcher !== look)
          signal?.removeEventListener('abort', abort)
          end()
        }
        signal?.addEventListener('abort', abort)
        watchers.push(look)
        look()
      })
    },
  }
}

function strikes(fault: Fault, call: Call): boolean {
  const { after = 0, times = Number.POSITIVE_INFINITY } = fault.settings
  if (!matches(fault.settings, call)) return false
  if (++fault.seen <= after || fault.struck >= times) return false
  fault.struck++
  return true
}
