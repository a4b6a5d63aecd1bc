import { TdsError } from '../../errors.ts'
import type { Clock } from '../../runtime/index.ts'
import type { Begun, ValidateRequest, Validation } from './validate.ts'

/** What somebody who does not wait for the end is told. */
export interface Look {
  readonly id: number
  /** Null while it goes on. */
  readonly validation: Validation | null
}

export interface Looks {
  /**
   * Has the rules asked in the background and waits for the end as long as it may; who comes while one goes on gets that
   * one. @throws what ended it before its end
   */
  look(request: Omit<ValidateRequest, 'signal'>, withinMs: number): Promise<Look>
  /** Ends the one under way, and waits until it has. */
  close(): Promise<void>
}

interface Deps {
  readonly clock: Clock
  readonly begin: (request: ValidateRequest) => Promise<Begun>
}

/** Validations that outlive who asked for them, one at a time. */
export function createLooks({ clock, begin }: Deps): Looks {
  const ending = new AbortController()
  let underWay: Promise<Begun> | undefined

  return {
    async look(request, withinMs) {
      underWay ??= start(request)
      const { id, done } = await underWay
      const patience = new AbortController()
      try {
        const late = clock.sleep(withinMs, patience.signal).then(() => null)
        return { id, validation: await Promise.race([done, late]) }
      } finally {
        patience.abort()
      }
    },

    async close() {
      ending.abort(new TdsError('STOPPED', 'transient', 'TDS stops; ask again once it is back'))
      await underWay?.then(({ done }) => done).catch(() => {})
    },
  }

  function start(request: Omit<ValidateRequest, 'signal'>): Promise<Begun> {
    const over = () => {
      underWay = undefined
    }
    const begun = begin({ ...request, signal: ending.signal })
    // How it ended is kept with it; whoever still waits hears it, too.
    begun.then(({ done }) => done).then(over, over)
    return begun
  }
}
