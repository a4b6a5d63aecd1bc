import { errorCode } from '../errors.ts'
import { systemClock } from '../runtime/index.ts'

/** Deadlocks, serialization failures and rows that slipped in between are nobody's fault and gone on the next try. */
const passing: readonly string[] = ['40P01', '40001', 'QUEUE_ROW_SLIPPED']

/** The pauses between them double from some milliseconds to less than a second: a flood on the same records is over by then. */
const mostTries = 8

/** Runs a transaction again that lost against another one. */
export async function inSerialOrder<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await transaction()
    } catch (error) {
      if (!passing.includes(errorCode(error)) || tries === mostTries) throw error
      await systemClock.sleep(2 ** tries * 3 * (0.5 + systemClock.random()))
    }
  }
}
