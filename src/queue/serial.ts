import { errorCode } from '../errors.ts'

/** Deadlocks, serialization failures and rows that slipped in between are nobody's fault and gone on the next try. */
const passing: readonly string[] = ['40P01', '40001', 'QUEUE_ROW_SLIPPED']

/** Runs a transaction again that lost against another one; up to three times in all. */
export async function inSerialOrder<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await transaction()
    } catch (error) {
      if (!passing.includes(errorCode(error)) || tries === 3) throw error
    }
  }
}
