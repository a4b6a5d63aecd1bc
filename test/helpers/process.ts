import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { execPath, env as nodeEnvironment } from 'node:process'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'

const root = join(import.meta.dirname, '../..')

export interface ServeProcess {
  readonly url: string
  readonly child: ChildProcess
  /** Lines of the log so far. */
  readonly lines: readonly string[]
  /** SIGKILL, and resolves when the process is gone. */
  kill(): Promise<void>
  /** Resolves with the exit code, null where a signal ended it. */
  readonly exited: Promise<number | null>
  /** SIGTERM, and resolves with the exit code. A second call is a second signal. */
  stop(): Promise<number | null>
}

/** `tds serve` as a process of its own, with exactly this environment; resolves when it listens. Killed when the test ends. */
export async function serveProcess(t: Test, env: Record<string, string>): Promise<ServeProcess> {
  const { process, ready } = spawnService(env)
  t.teardown(process.kill)
  await ready
  return process
}

/** The same for whoever ends it himself; `ready` resolves when it listens, and rejects when it ends before. */
export function spawnService(env: Record<string, string>): { process: ServeProcess; ready: Promise<void> } {
  const child = spawn(execPath, ['src/main.ts', 'serve'], {
    cwd: root,
    env: { ...ofTheMachine(), ...env, TDS_LOG_LEVEL: 'info', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const lines: string[] = []
  let url = ''
  const reader = createInterface({ input: child.stdout })
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) =>
      reject(new Error(`tds serve ended with ${code} before it listened:\n${lines.join('\n')}`)),
    )
    reader.on('line', (line) => {
      lines.push(line)
      const found = /TDS listens on (http:\/\/[\d.:]+)/.exec(line)?.[1]
      if (found === undefined) return
      url = found
      resolve()
    })
  })
  const process: ServeProcess = {
    get url() {
      return url
    },
    child,
    exited,
    lines,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async stop() {
      child.kill('SIGTERM')
      return exited
    },
  }
  return { process, ready }
}

/** What a process needs of the one that starts it, whatever it is told. */
export function ofTheMachine(): Record<string, string> {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE } = nodeEnvironment
  return { PATH, HOME, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }) }
}
