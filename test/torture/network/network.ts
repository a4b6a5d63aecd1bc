import { createRandom, type Random } from '../../simulator/random.ts'
import { type Figures, pick, sumOf, type Trial, type TrialOptions } from '../trial.ts'
import { createWorlds, type World } from '../world.ts'
import { type Played, play } from './play.ts'
import type { Row } from './row.ts'
import { table } from './table.ts'

/** Each row of the table in a world that has something to do; in the full scale under three seeds, and in pairs. */
export const network: Trial = {
  name: 'network',
  about: 'everything Zoho and the network can do to a call, while webhooks come and lists are read',
  async run(options) {
    const plays = playsOf(options)
    const { worlds, end } = await createWorlds(options.server, pick(options.scale, { short: 3, normal: 4, full: 4 }))
    try {
      return await inLanes(worlds, plays, options)
    } finally {
      await end()
    }
  },
}

export interface Play {
  readonly rows: readonly Row[]
  readonly random: Random
}

function playsOf({ seed, scale }: TrialOptions): readonly Play[] {
  const random = createRandom(seed, 'network')
  const withSeed = (of: number) => (row: Row) => ({ rows: [row], random: createRandom(of, `network ${row.name}`) })
  if (scale === 'short')
    return random
      .sample(
        table.filter(({ slow }) => !slow),
        3,
      )
      .map(withSeed(seed))
  if (scale === 'normal') return table.map(withSeed(seed))
  const pairs = Array.from({ length: 60 }, (_, index) => ({
    rows: random.sample(
      table.filter(({ alone }) => !alone),
      2,
    ),
    random: createRandom(seed, `network pair ${index}`),
  }))
  return [...[0, 1, 2].flatMap((more) => table.map(withSeed(seed + more))), ...pairs]
}

async function inLanes(worlds: readonly World[], plays: readonly Play[], options: TrialOptions): Promise<Figures> {
  const waiting = [...plays]
  const played: Played[] = []
  const failures: unknown[] = []
  const lane = async (world: World) => {
    for (let next = waiting.shift(); next && !options.signal.aborted; next = waiting.shift()) {
      const { rows, random } = next
      try {
        played.push(await play(world, rows, random))
      } catch (error) {
        failures.push(error)
        options.print(`  ${error instanceof Error ? error.message : error}`)
      }
    }
  }
  await Promise.all(worlds.map(lane))
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${plays.length} plays ended wrong`)
  return {
    plays: plays.length,
    ...sumOf(...played.map(({ figures }) => figures)),
    'slowest recovery, ms': Math.max(...played.map(({ recoveredMs }) => recoveredMs)),
  }
}
