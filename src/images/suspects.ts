/**
 * A damaged picture may have been cut on its way, so one look does not condemn it: the same bytes a second time do.
 * Kept in memory; a restart costs one more download.
 */
export interface Suspects {
  /** Whether these bytes were seen damaged before. */
  seenAgain(itemId: string, sha256: string): boolean
  forget(itemId: string): void
}

export function createSuspects(most = 10_000): Suspects {
  const seen = new Map<string, string>()
  return {
    seenAgain(itemId, sha256) {
      if (seen.get(itemId) === sha256) return true
      seen.delete(itemId)
      seen.set(itemId, sha256)
      const oldest = seen.keys().next()
      if (seen.size > most && !oldest.done) seen.delete(oldest.value)
      return false
    },
    forget: (itemId) => void seen.delete(itemId),
  }
}
