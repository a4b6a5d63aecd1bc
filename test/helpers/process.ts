import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
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
  /** SIGTERM, and resolves with the exit code. */
  stop(): Promise<number | null>
}

/** `tds serve` as a process of its own, with exactly this environment; resolves when it listens. Killed when the test ends. */
export async function serveProcess(t: Test, env: Record<string, string>): Promise<ServeProcess> {
  const child = spawn(process.execPath, ['src/main.ts', 'serve'], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env, TDS_LOG_LEVEL: 'info', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) =>
      reject(new Error(`tds serve ended with ${code} before it listened:\n${lines.join('\n')}`)),
    )
    reader.on('line', (line) => {
      lines.push(line)
      const found = /TDS listens on (http:\/\/[\d.:]+)/.exec(line)?.[1]
      if (found) resolve(found)
    })
  })
  return {
    url,
    child,
    lines,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async stop() {
      child.kill('SIGTERM')
      const [code] = await exited
      return code as number | null
    },
  }
}
