import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { startSharedServer } from '../helpers/test-server.ts'
import { type Checked, check } from './check.ts'
import { createWorld } from './world.ts'

const usage = 'npm run torture -- [--seed N] [--histories N] [--path P] [--lanes N] [--shrink SECONDS]'

/** Random histories beside each other, each lane with a seed of its own made from the given one. */
async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      histories: { type: 'string', default: '1000' },
      lanes: { type: 'string' },
      path: { type: 'string' },
      shrink: { type: 'string', default: '120' },
    },
  })
  const seed = Number(values.seed ?? Date.now() % 1_000_000)
  const lanes = values.path === undefined ? Number(values.lanes ?? 2 * availableParallelism()) : 1
  const shrinkMs = Number(values.shrink) * 1000
  const runs = Math.ceil(Number(values.histories) / lanes)
  if (![seed, lanes, runs].every(Number.isSafeInteger)) throw new Error(usage)
  process.stdout.write(`seed ${seed}, ${lanes} lanes of ${runs} histories\n`)
  const { server, url } = await startSharedServer()
  const started = Date.now()
  try {
    let done = 0
    const onHistory = () => {
      done += 1
      if (done % 50 === 0) process.stdout.write(`${done} histories after ${seconds(started)} s\n`)
    }
    const each = Array.from({ length: lanes }, (_, lane) => seed + lane)
    const checked = await Promise.all(
      each.map((own) =>
        lane(url, { seed: own, runs, onHistory, shrinkMs, ...(values.path !== undefined && { path: values.path }) }),
      ),
    )
    for (const line of checked.flatMap(({ lines }) => lines)) process.stdout.write(`${line}\n`)
    process.stdout.write(`${sumOf(checked)}; ${seconds(started)} s\n`)
    return checked.some(({ failed }) => failed) ? 1 : 0
  } finally {
    await server.stop()
  }
}

async function lane(
  server: string,
  options: {
    shrinkMs: number
    seed: number
    runs: number
    path?: string
    onHistory: () => void
  },
) {
  const world = await createWorld(server)
  try {
    return await check(world, options)
  } finally {
    await world.end()
  }
}

const seconds = (since: number): number => Math.round((Date.now() - since) / 1000)

function sumOf(checked: readonly Checked[]): string {
  const total = (key: keyof Checked['tried']) => checked.reduce((sum, { tried }) => sum + tried[key], 0)
  return `${total('changes')} changes, ${total('delivered')} webhooks, ${total('held')} changes within a read, ${total('deaths')} deaths`
}

process.exitCode = await main(process.argv.slice(2))
