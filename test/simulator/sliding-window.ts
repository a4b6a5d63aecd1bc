/** Counts events of the last `lengthMs` milliseconds; an event exactly that old has left. */
export interface SlidingWindow {
  /** Adds an event and gives the count with it. */
  add(at: number): number
  count(at: number): number
  clear(): void
}

export function createSlidingWindow(lengthMs: number): SlidingWindow {
  let events: number[] = []
  let first = 0

  function count(at: number): number {
    while (first < events.length && (events[first] ?? 0) <= at - lengthMs) first++
    if (first > 1024 && first * 2 > events.length) {
      events = events.slice(first)
      first = 0
    }
    return events.length - first
  }

  return {
    count,
    add(at) {
      events.push(at)
      return count(at)
    },
    clear() {
      events = []
      first = 0
    },
  }
}
