import type { Clock } from '../../../runtime/index.ts'
import type { Terminal } from '../../command.ts'
import type { StatusFacts } from './facts.ts'
import { statusLines } from './lines.ts'

const everyMs = 1000
const enter = '\x1b[?1049h\x1b[?25l'
const leave = '\x1b[?25h\x1b[?1049l'

/** q, Ctrl-C and Ctrl-D: in raw mode the terminal hands them on. */
const quitKeys = new Set(['q', 'Q', '\x03', '\x04'])

/** The status, drawn over itself each second until q, Ctrl-C or the end; the screen is given back as it was. */
export async function watchStatus(
  { out, stdin, signal }: Terminal,
  { read, clock }: { readonly read: () => Promise<StatusFacts>; readonly clock: Clock },
): Promise<StatusFacts> {
  const { stdout } = out
  const quit = new AbortController()
  const onKey = (chunk: unknown) => {
    if ([...String(chunk)].some((key) => quitKeys.has(key))) quit.abort()
  }
  const stop = AbortSignal.any([signal, quit.signal])
  stdin?.setRawMode?.(true)
  stdin?.on('data', onKey)
  stdin?.resume()
  stdout.write(enter)
  try {
    for (;;) {
      const facts = await read()
      const { columns = 80, rows = 24 } = stdout
      stdout.write(frame([...statusLines(facts, { columns, rows: rows - 1 }), 'q ends this']))
      await clock.sleep(everyMs, stop)
      if (stop.aborted) return facts
    }
  } finally {
    stdout.write(leave)
    stdin?.off('data', onKey)
    stdin?.setRawMode?.(false)
    stdin?.pause()
  }
}

/** From the top left, each line cleared behind its end, and everything below. */
const frame = (lines: readonly string[]): string => `\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`
