import { parseArgs } from 'node:util'
import { startSharedServer } from '../helpers/test-server.ts'
import { searchMutants } from './mutants/search.ts'
import { keep, linesOf, type TrialReport } from './report.ts'
import { searchHistories } from './search-histories.ts'
import type { Scale, Trial } from './trial.ts'
import { trials } from './trials.ts'

const usage = `npm run torture -- [--seed N] [--full] [--only ${trials.map(({ name }) => name).join(',')}]
npm run torture -- --histories N [--seed N] [--lanes N] [--path P] [--shrink SECONDS]
npm run torture -- --mutants [--only name,…]: promises broken on purpose, which the tests must notice`

const options = {
  seed: { type: 'string' },
  full: { type: 'boolean', default: false },
  short: { type: 'boolean', default: false },
  only: { type: 'string' },
  histories: { type: 'string' },
  mutants: { type: 'boolean', default: false },
  lanes: { type: 'string', default: '8' },
  /** Of a failed history, with the seed it named: only this one. */
  path: { type: 'string' },
  shrink: { type: 'string', default: '300' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Every trial, one after the other, on a PostgreSQL of its own; the same seed deals the same blows. */
async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options })
  const seed = Number(values.seed ?? Date.now() % 1_000_000)
  if (values.help || !Number.isSafeInteger(seed) || seed < 0) {
    print(usage)
    return values.help ? 0 : 2
  }
  if (values.mutants) return searchMutants(values.only, print)
  if (values.histories !== undefined || values.path !== undefined)
    return searchHistories({ ...values, seed, histories: values.histories ?? '1000' }, print)
  const scale: Scale = values.full ? 'full' : values.short ? 'short' : 'normal'
  const chosen = chooseTrials(values.only)
  if (!chosen) {
    print(usage)
    return 2
  }
  return runTrials(chosen, seed, scale)
}

function chooseTrials(only: string | undefined): readonly Trial[] | undefined {
  if (only === undefined) return trials
  const names = only.split(',')
  const chosen = trials.filter(({ name }) => names.includes(name))
  return chosen.length === names.length ? chosen : undefined
}

async function runTrials(chosen: readonly Trial[], seed: number, scale: Scale): Promise<number> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const { server, url } = await startSharedServer()
  const done: TrialReport[] = []
  try {
    for (const trial of chosen) {
      if (stop.signal.aborted) break
      print(`${trial.name}: ${trial.about} (seed ${seed}, ${scale})`)
      done.push(await run(trial, { seed, scale, server: url, signal: stop.signal, print }))
      const [last] = done.slice(-1)
      if (last?.failure !== undefined) print(last.failure)
    }
  } finally {
    await server.stop()
  }
  const report = { seed, scale, at: new Date().toISOString(), trials: done }
  for (const line of linesOf(report)) print(line)
  print(`kept in ${await keep(report, done.length === trials.length)}`)
  return done.length === chosen.length && done.every(({ failure }) => failure === undefined) ? 0 : 1
}

async function run(trial: Trial, given: Parameters<Trial['run']>[0]): Promise<TrialReport> {
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  try {
    const figures = await trial.run(given)
    return { trial: trial.name, seconds: seconds(), figures }
  } catch (error) {
    return { trial: trial.name, seconds: seconds(), figures: {}, failure: inWords(error) }
  }
}

/** With its causes: the first says where it happened, the last what. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const words = error.stack ?? error.message
  return error.cause === undefined ? words : `${words}\ncaused by ${inWords(error.cause)}`
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

process.exitCode = await main(process.argv.slice(2))
