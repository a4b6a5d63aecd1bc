import { type ServeProcess, spawnService } from '../helpers/process.ts'
import { type Balancer, createBalancer } from './balancer.ts'
import { eventually } from './trial.ts'

/** Instances of TDS, each a process of its own, on one database, behind one address. */
export interface Fleet {
  /** Where webhooks go. */
  readonly balancer: Balancer
  readonly size: number
  url(index: number): string
  /** Process ids, by index; null where none lives. */
  pids(): readonly (number | null)[]
  /** SIGKILL; the address goes on with the others. */
  kill(index: number): Promise<void>
  /** A new process in the place of one that is gone; resolves when it is ready. */
  start(index: number): Promise<void>
  /** Taken from the address when it says that it is not ready any more, as a balancer would. @returns the exit code */
  retire(index: number): Promise<number | null>
  /** Log lines of all instances that ever lived, by what they say of themselves. */
  lines(): readonly string[]
  /** Whatever still lives is ended. */
  close(): Promise<void>
}

/** @param env of instance `index` */
export async function createFleet(size: number, env: (index: number) => Record<string, string>): Promise<Fleet> {
  const balancer = await createBalancer()
  const living = new Map<number, ServeProcess>()
  const past: ServeProcess[] = []
  const fleet: Fleet = {
    balancer,
    size,
    url: (index) => living.get(index)?.url ?? '',
    pids: () => Array.from({ length: size }, (_, index) => living.get(index)?.child.pid ?? null),
    async kill(index) {
      const process = take(index)
      await process?.kill()
    },
    async start(index) {
      const { process, ready } = spawnService(env(index))
      past.push(process)
      await ready
      await eventually('an instance is ready', 30_000, () => isReady(process.url))
      living.set(index, process)
      route()
    },
    async retire(index) {
      const process = living.get(index)
      if (!process) return null
      process.child.kill('SIGTERM')
      await eventually('an instance is not ready any more', 10_000, async () => !(await isReady(process.url)))
      take(index)
      return process.exited
    },
    lines: () => past.flatMap(({ lines }) => lines),
    async close() {
      await Promise.all(past.map((process) => process.kill()))
      await balancer.close()
    },
  }
  try {
    await Promise.all(Array.from({ length: size }, (_, index) => fleet.start(index)))
  } catch (error) {
    await fleet.close()
    throw error
  }
  return fleet

  function take(index: number): ServeProcess | undefined {
    const process = living.get(index)
    living.delete(index)
    route()
    return process
  }

  function route(): void {
    balancer.targets = [...living.values()].map(({ url }) => url)
  }
}

/** True or nothing: whoever does not answer is not ready. */
async function isReady(url: string): Promise<true | undefined> {
  try {
    const reply = await fetch(`${url}/api/tds/health/ready`, { signal: AbortSignal.timeout(5_000) })
    await reply.arrayBuffer()
    return reply.ok ? true : undefined
  } catch {
    return undefined
  }
}
