import type { Clock } from '../runtime/index.ts'

/** What another process revokes is refused here after this time at the latest. */
export const keptMs = 2_000
const mostKept = 1_000

interface Entry<T> {
  readonly until: number
  readonly value: Promise<T>
}

/** Remembers what was looked up for two seconds; those who ask meanwhile share one look. Failures are not remembered. */
export function createKeyCache<T>(load: (id: string) => Promise<T>, clock: Pick<Clock, 'now'>) {
  const entries = new Map<string, Entry<T>>()

  function get(id: string): Promise<T> {
    const now = clock.now()
    const known = entries.get(id)
    if (known && known.until > now) return known.value
    if (entries.size >= mostKept) entries.clear()
    const entry: Entry<T> = { until: now + keptMs, value: load(id) }
    entries.set(id, entry)
    entry.value.catch(() => {
      if (entries.get(id) === entry) entries.delete(id)
    })
    return entry.value
  }

  return { get, forget: (id: string): void => void entries.delete(id) }
}
