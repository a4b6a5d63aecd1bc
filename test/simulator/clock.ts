/** The time of the simulated organisation. It runs with the machine until it is moved or frozen. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Moves the time forward (or back); a frozen clock stays frozen. */
  advance(milliseconds: number): void
  /** Stops the time at this instant, by default at the present one. */
  freeze(at?: number): void
  /** Lets a frozen time run on from where it stands. */
  run(): void
  /** Back to the time of the machine. */
  reset(): void
}

export function createClock(machine: () => number = Date.now): Clock {
  let offset = 0
  let frozenAt: number | undefined
  const now = () => frozenAt ?? machine() + offset

  return {
    now,
    advance(milliseconds) {
      if (frozenAt === undefined) offset += milliseconds
      else frozenAt += milliseconds
    },
    freeze(at = now()) {
      frozenAt = at
    },
    run() {
      if (frozenAt !== undefined) offset = frozenAt - machine()
      frozenAt = undefined
    },
    reset() {
      offset = 0
      frozenAt = undefined
    },
  }
}
