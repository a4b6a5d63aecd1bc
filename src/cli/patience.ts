import { TdsError } from '../errors.ts'

export interface Patience {
  /** How long the database may take to answer, in ms. */
  readonly waitMs: number
  /** Whether it answers and is being migrated: that takes as long as it takes. */
  readonly answered: () => boolean
}

/** How often it is looked whether a migration still goes on, once the time is over. */
const lookAgainMs = 250

/**
 * Waiting for a database that does not come ends with the user's patience, or when the time is over.
 * @throws TdsError `STOPPED` `DATABASE_AWAY`
 */
export async function withPatience<T>(
  signal: AbortSignal,
  wait: Promise<T>,
  { waitMs, answered }: Patience,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(new TdsError('STOPPED', 'transient', 'Stopped before the database could be reached'))
  const late = `The database could not be used within ${waitMs / 1000} s; nothing was done. Look at DATABASE_URL and the server; --wait <seconds> waits longer`
  const whenOver = () => {
    if (answered()) timer = setTimeout(whenOver, lookAgainMs)
    else reject(new TdsError('DATABASE_AWAY', 'transient', late))
  }
  let timer = setTimeout(whenOver, waitMs)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([wait, promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
