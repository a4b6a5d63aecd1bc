import { errorCode } from '../errors.ts'

/** Deadlocks and serialization failures are nobody's fault and gone on the next try. */
export async function inSerialOrder<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await transaction()
    } catch (error) {
      if (!['40P01', '40001'].includes(errorCode(error)) || tries === 3) throw error
    }
  }
}
