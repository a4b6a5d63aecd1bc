import { isRowFault } from './connection.ts'

/**
 * Stores a batch; when one row spoils it, halves, so that only that row fails. Anything else that goes wrong (the
 * database is away) is thrown: it says nothing about the rows.
 */
export async function storeApart<T, R>(
  batch: readonly T[],
  store: (part: readonly T[]) => Promise<R>,
  refused: (row: T, error: unknown) => void,
): Promise<readonly R[]> {
  try {
    return [await store(batch)]
  } catch (error) {
    const [only] = batch
    if (!isRowFault(error) || only === undefined) throw error
    if (batch.length === 1) {
      refused(only, error)
      return []
    }
    const middle = Math.ceil(batch.length / 2)
    const first = await storeApart(batch.slice(0, middle), store, refused)
    return [...first, ...(await storeApart(batch.slice(middle), store, refused))]
  }
}
