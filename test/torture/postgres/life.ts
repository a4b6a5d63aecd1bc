import { type ServeProcess, spawnService } from '../../helpers/process.ts'
import type { Balancer } from '../balancer.ts'
import { eventually } from '../trial.ts'

/** TDS as a process, and those that followed it. */
export interface Life {
  readonly url: string
  /** True while no process may be there to answer. */
  readonly mayBeCut: boolean
  /** Starts one and sends it the webhooks; it listens when this resolves. */
  begin(options?: BeginOptions): Promise<void>
  /** Starts one that will not stay, sends it webhooks as long as it is there, and says how it ended. */
  refused(): Promise<{ readonly code: number | null; readonly lines: readonly string[] }>
  /** SIGKILL; webhooks find nobody until the next one begins. */
  kill(): Promise<void>
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>
  /** How many lines were logged so far, by all of them. */
  mark(): number
  /** Whether a line that was logged since then says it. */
  said(words: RegExp, since: number): boolean
  count(words: RegExp): number
  tail(): string
  /** @throws when it ended by itself, or said what it never may */
  judge(): void
  /** Whatever lives is ended. */
  end(): Promise<void>
}

export interface BeginOptions {
  /** Whether to wait until it is ready, which it is with its database. @default true */
  readonly isReady?: boolean
  /** What differs from the environment of the others. */
  readonly env?: Readonly<Record<string, string>>
}

/** A rejection nobody took, an error nobody caught, or a counter that did not add up. */
const never = /"level":60|unhandledRejection|uncaughtException|MaxListenersExceeded/

export function createLife(env: Record<string, string>, front: Balancer): Life {
  const past: ServeProcess[] = []
  const refusals: ServeProcess[] = []
  let now: ServeProcess | undefined
  let mayBeCut = true
  const lines = () => past.flatMap(({ lines }) => lines)

  return {
    get url() {
      return now?.url ?? ''
    },
    get mayBeCut() {
      return mayBeCut
    },
    async begin({ isReady = true, env: more = {} } = {}) {
      const { process, ready } = spawnService({ ...env, ...more })
      past.push(process)
      await ready
      if (isReady) await eventually('it is ready', 60_000, () => answersReady(process.url))
      now = process
      front.targets = [process.url]
      mayBeCut = false
    },
    async refused() {
      const { process, ready } = spawnService(env)
      refusals.push(process)
      await ready
      mayBeCut = true
      front.targets = [process.url]
      const code = await process.exited
      front.targets = []
      return { code, lines: process.lines }
    },
    async kill() {
      mayBeCut = true
      front.targets = []
      await take()?.kill()
    },
    async stop() {
      mayBeCut = true
      front.targets = []
      return (await take()?.stop()) ?? null
    },
    mark: () => lines().length,
    said: (words, since) =>
      lines()
        .slice(since)
        .some((line) => words.test(line)),
    count: (words) => lines().filter((line) => words.test(line)).length,
    tail: () => lines().slice(-12).join('\n'),
    judge() {
      if (now && now.child.exitCode !== null)
        throw new Error(`TDS ended by itself with ${now.child.exitCode}:\n${now.lines.slice(-10).join('\n')}`)
      const said = lines().find((line) => never.test(line))
      if (said !== undefined) throw new Error(`TDS logged what it never may: ${said}`)
    },
    async end() {
      await Promise.all([...past, ...refusals].map((process) => process.kill()))
    },
  }

  function take(): ServeProcess | undefined {
    const last = now
    now = undefined
    return last
  }
}

async function answersReady(url: string): Promise<true | undefined> {
  const reply = await fetch(`${url}/api/tds/health/ready`, { signal: AbortSignal.timeout(5_000) })
  return reply.ok || undefined
}
