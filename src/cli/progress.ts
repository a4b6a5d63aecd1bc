import type { Clock } from '../runtime/index.ts'
import { type BarState, drawBar, nameWidth } from './bar.ts'
import type { TextStream } from './output.ts'

export interface Progress {
  /** Shows how far something is; the first call opens its line. */
  update(name: string, state: BarState): void
  /** Ends a line with its result in words. */
  finish(name: string, words: string): void
}

interface Line {
  readonly startedAt: number
  state: BarState
  shownAt: number
  result?: string
}

const plainEveryMs = 5_000
const drawEveryMs = 100

/** One bar a line on a terminal, drawn over itself; elsewhere a plain line now and then and one at each end. */
export function createProgress(stream: TextStream, clock: Pick<Clock, 'now'>): Progress {
  const lines = new Map<string, Line>()
  let drawn = 0
  let drawnAt = 0

  const textOf = ([name, line]: [string, Line]) => {
    const seconds = (clock.now() - line.startedAt) / 1000
    return line.result === undefined
      ? drawBar(name, line.state, { seconds, columns: stream.columns ?? 100 })
      : `${name.padEnd(nameWidth)} ${line.result}`
  }

  function redraw(): void {
    const text = [...lines].map((entry) => `\x1b[2K${textOf(entry)}\n`).join('')
    stream.write((drawn > 0 ? `\x1b[${drawn}A` : '') + text)
    drawn = lines.size
    drawnAt = clock.now()
  }

  return {
    update(name, state) {
      const now = clock.now()
      const line = lines.get(name) ?? { startedAt: now, state, shownAt: now }
      line.state = state
      lines.set(name, line)
      if (stream.isTTY) {
        if (now - drawnAt >= drawEveryMs || drawn < lines.size) redraw()
      } else if (now - line.shownAt >= plainEveryMs) {
        line.shownAt = now
        stream.write(`${textOf([name, line])}\n`)
      }
    },
    finish(name, words) {
      const now = clock.now()
      const line = lines.get(name) ?? { startedAt: now, state: { read: 0, settled: 0 }, shownAt: now }
      line.result = words
      lines.set(name, line)
      if (stream.isTTY) redraw()
      else stream.write(`${textOf([name, line])}\n`)
    },
  }
}
