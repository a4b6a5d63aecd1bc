import { createRandom } from '../simulator/random.ts'
import { drive } from './drive.ts'
import type { Moment } from './gate.ts'
import type { Change, Step } from './histories.ts'
import { type Figures, pick, type Trial, type TrialOptions } from './trial.ts'
import { createWorlds, type World } from './world.ts'

/**
 * Death at every point where it could matter: each scenario is lived again and again, and dies at its first request to
 * the database, then at its second, and so on: before the request leaves, once the database has it, and while the answer
 * is on its way back. Between any two statements of any transaction there is such a point.
 */
export const points: Trial = {
  name: 'points',
  about: 'death before, in and after every statement of the critical transactions',
  async run(options) {
    const lanes = pick(options.scale, { short: 1, normal: 4, full: 4 })
    const { worlds, end } = await createWorlds(options.server, lanes)
    try {
      return await liveThrough(worlds, options)
    } finally {
      await end()
    }
  },
}

async function liveThrough(worlds: readonly World[], options: TrialOptions): Promise<Figures> {
  const moments: readonly Moment[] = ['unsent', 'sent', 'answered']
  const series = Object.entries(scenarios).flatMap(([name, steps]) =>
    moments.map((moment) => ({ name, steps, moment })),
  )
  const left = [...series]
  let deaths = 0
  let furthest = 0
  const lane = async (world: World) => {
    for (let next = left.shift(); next && !options.signal.aborted; next = left.shift()) {
      const died = await liveSeries(world, next, options)
      deaths += died
      furthest = Math.max(furthest, died)
    }
  }
  await Promise.all(worlds.map(lane))
  return { scenarios: Object.keys(scenarios).length, deaths, 'deaths in the longest': furthest }
}

interface Series {
  readonly name: string
  readonly steps: readonly Step[]
  readonly moment: Moment
}

/** From the first request on, in strides that the scale sets, until the scenario ends before it dies. @returns its deaths */
async function liveSeries(world: World, { name, steps, moment }: Series, options: TrialOptions): Promise<number> {
  const random = createRandom(options.seed, `${name} ${moment}`)
  const stride = pick(options.scale, { short: 120, normal: 25, full: 3 })
  let deaths = 0
  for (let request = random.integer(1, stride); !options.signal.aborted; request += stride) {
    const death: Step = { do: 'die', requests: request, moment }
    const history = { empty: false, dropPercent: 0, duplicatePercent: 0, template: 'default' as const }
    try {
      const tried = await drive(world, { ...history, steps: [death, ...steps] })
      if (tried.deaths === 0) return deaths
      deaths += 1
    } catch (cause) {
      throw new Error(`${name}: death at request ${request} (${moment}) ends wrong`, { cause })
    }
  }
  return deaths
}

const change = (kind: Change['kind'], resource: Change['resource'], value: number): Step => ({
  do: 'change',
  change: { kind, resource, pick: 5, value, silent: false },
})
const hear: readonly Step[] = [{ do: 'deliver', wait: true }, { do: 'breathe' }]

/** From the knock of a webhook to the last row, in one life. */
const scenarios: Readonly<Record<string, readonly Step[]>> = {
  'a webhook becomes a row': [change('edit', 'items', 1), ...hear],
  'a document with its lines': [change('edit', 'invoices', 13), ...hear],
  'a payment moves what it settles': [change('edit', 'customerpayments', 3), ...hear],
  'a record is deleted': [change('delete', 'bills', 1), ...hear],
  'a list is read': [
    change('edit', 'salesorders', 4),
    { do: 'poll', mode: 'incremental', entity: 11, wait: true },
    { do: 'breathe' },
  ],
  'a sweep of the stock': [
    change('stock', 'items', 7),
    { do: 'poll', mode: 'sweep', entity: 0, wait: true },
    { do: 'breathe' },
  ],
}
