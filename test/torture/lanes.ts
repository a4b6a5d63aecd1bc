import { type Checked, type CheckOptions, check } from './check.ts'
import { createWorlds } from './world.ts'

export interface LanesOptions extends Omit<CheckOptions, 'runs'> {
  readonly histories: number
  /** Histories beside each other; a history waits more than it works. */
  readonly lanes: number
}

/** Random histories beside each other; each lane has a seed of its own, counted up from the given one, and the first failure ends all. */
export async function checkInLanes(server: string, options: LanesOptions): Promise<Checked> {
  const { seed, histories, lanes, ...rest } = options
  const runs = Math.ceil(histories / lanes)
  const failed = new AbortController()
  const onFailure = (lines: readonly string[]) => {
    failed.abort()
    options.onFailure?.(lines)
  }
  const { worlds, end } = await createWorlds(server, lanes)
  try {
    return sumOf(
      await Promise.all(
        worlds.map((world, lane) =>
          check(world, { ...rest, onFailure, signal: failed.signal, seed: seed + lane, runs }),
        ),
      ),
    )
  } finally {
    await end()
  }
}

function sumOf(checked: readonly Checked[]): Checked {
  const total = (key: keyof Checked['tried']) => checked.reduce((sum, { tried }) => sum + tried[key], 0)
  return {
    failed: checked.some(({ failed }) => failed),
    lines: checked.flatMap(({ lines }) => lines),
    tried: { deaths: total('deaths'), changes: total('changes'), delivered: total('delivered'), held: total('held') },
  }
}
