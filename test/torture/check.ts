import fc from 'fast-check'
import { drive, type Tried } from './drive.ts'
import { type History, histories } from './histories.ts'
import type { World } from './world.ts'

export interface CheckOptions {
  readonly seed: number
  readonly runs: number
  /** Where in the tree of shrunk histories to begin, as a failure named it. */
  readonly path?: string
  /** Looks for the shortest history that fails the same way, for so long. @default 0: tells the first one */
  readonly shrinkMs?: number
  /** No further history begins. */
  readonly signal?: AbortSignal
  readonly onHistory?: () => void
  /** Told at once of a history that ended wrong, before a shorter one is looked for. */
  readonly onFailure?: (lines: readonly string[]) => void
}

export interface Checked {
  readonly failed: boolean
  /** What to say: the seed always, and of a failure its path, its steps and its cause. */
  readonly lines: readonly string[]
  readonly tried: Tried
}

/** Lets many histories happen, one after the other. */
export async function check(
  world: World,
  { seed, runs, path, shrinkMs = 0, signal, onHistory, onFailure }: CheckOptions,
): Promise<Checked> {
  const tried: Tried = { deaths: 0, changes: 0, delivered: 0, held: 0 }
  let done = 0
  let deadline = Number.POSITIVE_INFINITY
  const property = fc.asyncProperty(histories, async (history) => {
    // What is not tried for lack of time counts as passed: the shortest failure found so far stands.
    if (Date.now() > deadline || (signal?.aborted && deadline === Number.POSITIVE_INFINITY)) return
    done += 1
    try {
      add(tried, await drive(world, history))
    } catch (error) {
      if (deadline === Number.POSITIVE_INFINITY) onFailure?.(failure(seed, null, history, error))
      deadline = Math.min(deadline, Date.now() + shrinkMs)
      throw error
    } finally {
      onHistory?.()
    }
  })
  const result = await fc.check(property, {
    seed,
    numRuns: runs,
    endOnFailure: shrinkMs === 0,
    ...(path !== undefined && { path }),
  })
  if (!result.failed) return { failed: false, lines: [`seed ${seed}: ${done} histories`], tried }
  const [history] = result.counterexample ?? []
  return { failed: true, tried, lines: failure(seed, result.counterexamplePath, history, result.errorInstance) }
}

function failure(seed: number, path: string | null, history: History | undefined, error: unknown): string[] {
  const { steps = [], ...circumstances } = history ?? {}
  return [
    path === null
      ? `seed ${seed}: a history ended wrong`
      : `seed ${seed}, path ${path}: npm run torture -- --seed ${seed} --path ${path}`,
    JSON.stringify(circumstances),
    ...steps.map((step, index) => `${index + 1}. ${JSON.stringify(step)}`),
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  ]
}

function add(sum: Tried, more: Tried): void {
  for (const key of ['deaths', 'changes', 'delivered', 'held'] as const) sum[key] += more[key]
}
