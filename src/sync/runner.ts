import { errorCode, errorMessage } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type Clock, createLoop } from '../runtime/index.ts'
import type { Mode, Run } from './types.ts'

type Waiting = Pick<Run, 'id' | 'entity_type' | 'mode'>

export interface RunnerDeps {
  readonly clock: Clock
  readonly log: Logger
  /** Runs nobody works on and nobody holds, oldest first. */
  readonly waiting: () => Promise<readonly Waiting[]>
  /** One of them, to its end. @throws TdsError `SYNC_ALREADY_RUNNING` where another process was faster */
  readonly run: (run: Waiting, signal: AbortSignal) => Promise<unknown>
  /** The leader takes whatever waits; the others only what was asked of them. */
  readonly isLeader: () => boolean
}

export interface Runner {
  start(): void
  /** These runs are this process's own to begin. */
  take(ids: readonly number[]): void
  nudge(): void
  stop(): Promise<void>
}

/** What may wait for one another: a night's full sync never keeps an edit waiting. */
const trackOf: Readonly<Record<Mode, string>> = {
  incremental: 'edits',
  sweep: 'edits',
  full: 'full',
  images: 'images',
  backfill: 'backfill',
}

/** Works on runs in the background, one after the other on each track: those asked for over HTTP, and those left behind. */
export function createRunner({ clock, log, waiting, run, isLeader }: RunnerDeps): Runner {
  const promised = new Set<number>()
  const busy = new Map<string, Promise<void>>()
  const work = new AbortController()
  const onError = (error: unknown) => log.warn({ err: error }, 'runs that wait could not be looked for')
  const loop = createLoop({ name: 'runs', clock, onError, errorRestMs: 5_000, pass })
  return {
    start: () => loop.start(),
    nudge: () => loop.nudge(),
    take(ids) {
      for (const id of ids) promised.add(id)
      loop.nudge()
    },
    async stop() {
      work.abort()
      await loop.stop()
      await Promise.allSettled(busy.values())
    },
  }

  async function pass(): Promise<number> {
    if (!isLeader() && promised.size === 0) return 60_000
    for (const next of await waiting()) {
      const track = trackOf[next.mode as Mode]
      if (work.signal.aborted || busy.has(track) || !(isLeader() || promised.has(next.id))) continue
      busy.set(
        track,
        begin(next).finally(() => {
          busy.delete(track)
          loop.nudge()
        }),
      )
    }
    return 15_000
  }

  async function begin(next: Waiting): Promise<void> {
    promised.delete(next.id)
    try {
      await run(next, work.signal)
    } catch (error) {
      if (errorCode(error) === 'SYNC_ALREADY_RUNNING' || work.signal.aborted) return
      log.warn({ code: errorCode(error), run: next.id, err: error }, `a run did not begin: ${errorMessage(error)}`)
    }
  }
}
