import type { Terminal } from './command.ts'

/** One line that the user types or a pipe brings; undefined where there is nobody, or he gave up. */
export function askLine({ stdin, out, signal }: Terminal, question: string): Promise<string | undefined> {
  if (!stdin || signal.aborted) return Promise.resolve(undefined)
  out.stderr.write(question)
  return new Promise((resolve) => {
    let text = ''
    const done = (line: string | undefined) => {
      stdin.off('data', onData)
      stdin.off('end', onEnd)
      signal.removeEventListener('abort', onAbort)
      stdin.pause()
      resolve(line?.trim() || undefined)
    }
    const onData = (chunk: unknown) => {
      text += String(chunk)
      if (text.includes('\n')) done(text.slice(0, text.indexOf('\n')))
    }
    const onEnd = () => done(text)
    const onAbort = () => done(undefined)
    stdin.on('data', onData)
    stdin.on('end', onEnd)
    signal.addEventListener('abort', onAbort, { once: true })
    stdin.resume()
  })
}
