import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { execPath, env as nodeEnvironment } from 'node:process'
import { createInterface } from 'node:readline'

/** The service as a process of its own, with its log read line by line and its memory to be asked for. */
export interface Victim {
  readonly url: string
  readonly pid: number
  /** Lines of the log so far. */
  readonly lines: number
  /** What it wrote that it must not: no JSON, or with a secret in it. */
  readonly faults: readonly string[]
  /** The last lines that tell of an error. */
  readonly errors: readonly string[]
  readonly isAlive: boolean
  /** Bytes of its heap that are in use after a collection. */
  heap(): Promise<number>
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>
  kill(): Promise<void>
}

const root = join(import.meta.dirname, '../../..')
const kept = 30

/** @param secrets grows while keys are made: whatever is in it may not be in the log */
export async function startVictim(env: Record<string, string>, secrets: ReadonlySet<string>): Promise<Victim> {
  const child = spawn(execPath, ['--expose-gc', '--import', './test/torture/fuzz/probe.ts', 'src/main.ts', 'serve'], {
    cwd: root,
    env: {
      PATH: nodeEnvironment.PATH ?? '',
      HOME: nodeEnvironment.HOME ?? '',
      ...env,
      TDS_LOG_LEVEL: 'info',
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const faults: string[] = []
  const errors: string[] = []
  let lines = 0
  let url = ''
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The service ended with ${code}:\n${errors.join('\n')}`)))
    createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> }).on('line', (line) => {
      lines += 1
      judge(line)
      url = /TDS listens on (http:\/\/[\d.:]+)/.exec(line)?.[1] ?? url
      if (url !== '') resolve()
    })
    createInterface({ input: child.stderr as NonNullable<ChildProcess['stderr']> }).on('line', (line) => {
      if (!/ExperimentalWarning|--trace-warnings/.test(line)) note(faults, `on stderr: ${line}`)
    })
  })
  try {
    await ready
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return {
    url,
    pid: child.pid ?? 0,
    get lines() {
      return lines
    },
    faults,
    errors,
    get isAlive() {
      return child.exitCode === null && child.signalCode === null
    },
    async heap() {
      child.send('heap')
      const [bytes] = await once(child, 'message')
      return Number(bytes)
    },
    async stop() {
      child.kill('SIGTERM')
      return exited
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }

  function judge(line: string): void {
    for (const secret of secrets) if (line.includes(secret)) note(faults, `a secret in the log: ${line.slice(0, 500)}`)
    try {
      const { level, time, msg } = JSON.parse(line) as Record<string, unknown>
      if (typeof level !== 'number' || typeof time !== 'string' || typeof msg !== 'string') throw new Error('no event')
      if (level >= 50) note(errors, line.slice(0, 2_000))
    } catch {
      note(faults, `no event of ours in the log: ${line.slice(0, 500)}`)
    }
  }
}

function note(into: string[], line: string): void {
  into.push(line)
  if (into.length > kept) into.splice(0, 1)
}
