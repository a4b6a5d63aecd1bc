import { parseArgs } from 'node:util'
import { startSharedServer } from '../helpers/test-server.ts'
import { checkInLanes } from './lanes.ts'

const usage = 'npm run torture -- [--seed N] [--histories N] [--lanes N] [--path P] [--shrink SECONDS]'

const options = {
  seed: { type: 'string' },
  histories: { type: 'string', default: '1000' },
  lanes: { type: 'string', default: '8' },
  /** Of a failure, with the seed it named: only this history. */
  path: { type: 'string' },
  shrink: { type: 'string', default: '300' },
} as const

/** Random histories against a Zoho of their own, until one ends wrong or all have ended right. */
async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options })
  const seed = Number(values.seed ?? Date.now() % 1_000_000)
  const lanes = values.path === undefined ? Number(values.lanes) : 1
  const histories = Number(values.histories)
  const shrinkMs = Number(values.shrink) * 1000
  if (![seed, lanes, histories, shrinkMs].every((number) => Number.isSafeInteger(number) && number >= 0))
    throw new Error(usage)
  print(`seed ${seed}: ${histories} histories in ${lanes} lanes`)
  const { server, url } = await startSharedServer()
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  let done = 0
  const onHistory = () => {
    done += 1
    if (done % 50 === 0) print(`${done} histories after ${seconds()} s`)
  }
  const { path } = values
  const onFailure = (lines: readonly string[]) => lines.forEach(print)
  try {
    const all = { seed, histories, lanes, shrinkMs, onHistory, onFailure, ...(path !== undefined && { path }) }
    const { failed, lines, tried } = await checkInLanes(url, all)
    for (const line of lines) print(line)
    const { changes, delivered, held, deaths } = tried
    print(`${changes} changes, ${delivered} webhooks, ${held} changes within a read, ${deaths} deaths; ${seconds()} s`)
    return failed ? 1 : 0
  } finally {
    await server.stop()
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

process.exitCode = await main(process.argv.slice(2))
