import { spawn } from 'node:child_process'

/**
 * - `passed`: nothing was noticed;
 * - `failed`: an assertion failed;
 * - `broken`: it could not be run at all, found no database, or fell over a mistake in the changed line, which proves nothing about its assertions;
 * - `endless`: it did not come to an end.
 */
export type Ending = 'passed' | 'failed' | 'broken' | 'endless'

export interface TestRun {
  readonly ending: Ending
  /** The first assertion that failed, or the last lines of what was said. */
  readonly words: string
}

export interface TestFileOptions {
  /** Root of the copy it is run in. */
  readonly root: string
  readonly file: string
  /** Maintenance URL of the shared PostgreSQL. */
  readonly server: string
  readonly signal: AbortSignal
}

const deadlineMs = 240_000

/** One test file, by itself; it ends with the first assertion that fails. */
export async function runTestFile({ root, file, server, signal }: TestFileOptions): Promise<TestRun> {
  const child = spawn(process.execPath, ['--import=./test/helpers/network.ts', file], {
    cwd: root,
    env: { ...process.env, TEST_DATABASE_SERVER: server, TAP_BAIL: '1', TAP_TIMEOUT: String(deadlineMs / 1000) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => said.push(text))
  const over = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
  const kill = () => child.kill('SIGKILL')
  over.addEventListener('abort', kill, { once: true })
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    return endingOf(code, said.join(''))
  } finally {
    over.removeEventListener('abort', kill)
  }
}

/** What an exit code (null: killed) and the TAP before it mean. */
export function endingOf(code: number | null, output: string): TestRun {
  if (code === 0) return { ending: 'passed', words: '' }
  const lastWords = output.trimEnd().split('\n').slice(-12).join('\n')
  if (code === null) return { ending: 'endless', words: lastWords }
  const failure = /^ +not ok \d+ - (?!test\/)(.*)$/m.exec(output)?.[1]
  if (failure === undefined || isMistake.test(output) || isElsewhere.test(failure))
    return { ending: 'broken', words: lastWords }
  return failure.startsWith('timeout!') ? { ending: 'endless', words: failure } : { ending: 'failed', words: failure }
}

/** The mutation makes no sense to the language or to PostgreSQL. */
const isMistake = /^\s*(type: ReferenceError|code: "?42(601|703|804)"?)$/m

/** The machine was too busy, which is no merit of a test. */
const isElsewhere = /^(timeout exceeded when trying to connect|Connection terminated|connect ECONNREFUSED)/
