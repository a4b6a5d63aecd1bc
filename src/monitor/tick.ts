import { type Clock, createLoop } from '../runtime/index.ts'

export interface Tick {
  start(): void
  /** Seconds since the last tick; 0 before the start. */
  seconds(): number
  stop(): Promise<void>
}

/** Shows that this process still turns: who asks after a long stall is told before the next tick makes it good. */
export function createTick(clock: Clock, everyMs = 1000): Tick {
  let last: number | undefined
  const loop = createLoop({
    name: 'tick',
    clock,
    onError: () => {},
    async pass() {
      last = clock.now()
      return everyMs
    },
  })
  return {
    start() {
      last = clock.now()
      loop.start()
    },
    seconds: () => (last === undefined ? 0 : Math.max(0, (clock.now() - last) / 1000)),
    stop: () => loop.stop(),
  }
}
