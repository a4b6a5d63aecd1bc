import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../../', import.meta.url))

export interface Command {
  readonly name: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly onLine: (line: string) => void
  /** Lines of its standard error. @default onLine */
  readonly onErrorLine?: (line: string) => void
}

/** Runs a program of node_modules from the root of the project, on this Node. @returns its exit code, 1 if a signal ended it */
export async function runCommand({ name, args, env, signal, onLine, onErrorLine = onLine }: Command): Promise<number> {
  const path = `${root}node_modules/.bin:${process.env.PATH ?? ''}`
  const child = spawn(`${root}node_modules/.bin/${name}`, args, {
    cwd: root,
    env: { ...process.env, ...env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  createInterface({ input: child.stdout }).on('line', onLine)
  createInterface({ input: child.stderr }).on('line', onErrorLine)
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve(code ?? 1))
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
