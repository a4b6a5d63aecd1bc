import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { startSharedServer } from '../../helpers/test-server.ts'
import { root } from '../../runner/command.ts'
import { mutants } from './list.ts'
import type { Mutant } from './mutant.ts'
import { runTestFile, type TestRun } from './test-file.ts'
import { openWorkshop, type Workshop } from './workshop.ts'

export interface MutantReport {
  readonly mutant: string
  readonly breaks: string
  readonly verdict: 'killed' | 'SURVIVED'
  readonly seconds: number
  /** The assertion that noticed, or why none did. */
  readonly words: string
}

interface Shop {
  readonly workshops: readonly Workshop[]
  readonly server: string
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

/**
 * Each promise is broken on purpose, one line at a time, and the tests that prove it must fail: in an assertion, and
 * after they have passed on the unspoiled copy.
 * @returns 0 where every mutant was noticed
 */
export async function searchMutants(only: string | undefined, print: (line: string) => void): Promise<number> {
  const chosen = only === undefined ? mutants : mutants.filter(({ name }) => only.split(',').includes(name))
  if (chosen.length === 0) {
    print(`No such mutant. There are ${mutants.map(({ name }) => name).join(', ')}`)
    return 2
  }
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const started = Date.now()
  const { server, url } = await startSharedServer()
  const workshops = await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, openWorkshop))
  try {
    const shop = { workshops, server: url, signal: stop.signal, print }
    const faults = await faultsUnspoiled(shop, chosen)
    for (const fault of faults) print(fault)
    if (faults.length > 0) return 1
    const reports = await inTurns(shop, chosen, tryMutant)
    const survivors = reports.filter(({ verdict }) => verdict !== 'killed')
    const took = Math.round((Date.now() - started) / 1000)
    print(`${reports.length - survivors.length} of ${chosen.length} mutants were killed in ${took} s`)
    if (chosen === mutants) print(`kept in ${await keep(reports, took)}`)
    return survivors.length === 0 && reports.length === chosen.length ? 0 : 1
  } finally {
    await Promise.all(workshops.map((workshop) => workshop.remove()))
    await server.stop()
  }
}

/** Every test file once on a copy that is as it should be: what fails there proves nothing. */
async function faultsUnspoiled(shop: Shop, chosen: readonly Mutant[]): Promise<string[]> {
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))]
  shop.print(`${files.length} test files on an unspoiled copy`)
  const runs = await inTurns(shop, files, async ({ server, signal }, workshop, file) => {
    const run = await runTestFile({ root: workshop.root, file, server, signal })
    return { file, run }
  })
  return runs.flatMap(({ file, run }) =>
    run.ending === 'passed' ? [] : [`${file} ${run.ending} without any mutant:\n${run.words}`],
  )
}

async function tryMutant(shop: Shop, workshop: Workshop, mutant: Mutant): Promise<MutantReport> {
  const { server, signal, print } = shop
  const started = Date.now()
  const runs = await workshop.withMutant(mutant, async () => {
    const done: Array<TestRun & { readonly file: string }> = []
    for (const file of mutant.tests)
      done.push({ file, ...(await runTestFile({ root: workshop.root, file, server, signal })) })
    return done
  })
  const missed = runs.filter(({ ending }) => ending !== 'failed')
  const words = missed.length > 0 ? missed.map(({ file, ending }) => `${file} ${ending}`) : [runs[0]?.words ?? '']
  const report: MutantReport = {
    mutant: mutant.name,
    breaks: mutant.breaks,
    verdict: missed.length === 0 ? 'killed' : 'SURVIVED',
    seconds: Math.round((Date.now() - started) / 1000),
    words: words.join('; '),
  }
  print(lineOf(report))
  for (const { ending, words: said } of missed) if (ending !== 'passed') print(said)
  return report
}

const lineOf = ({ mutant, verdict, seconds, words }: MutantReport): string =>
  `${verdict.padEnd(8)} ${mutant.padEnd(34)} ${String(seconds).padStart(4)} s  ${words.slice(0, 110)}`

/** Every piece of work in one of the copies, as many at a time as there are copies. */
async function inTurns<T, R>(
  shop: Shop,
  work: readonly T[],
  each: (shop: Shop, workshop: Workshop, piece: T) => Promise<R>,
): Promise<R[]> {
  const left = [...work]
  const done: R[] = []
  const lane = async (workshop: Workshop) => {
    for (let next = left.shift(); next !== undefined && !shop.signal.aborted; next = left.shift())
      done.push(await each(shop, workshop, next))
  }
  await Promise.all(shop.workshops.map(lane))
  return done
}

/** For docs/guarantees.md. @returns the file */
async function keep(mutants: readonly MutantReport[], seconds: number): Promise<string> {
  const folder = `${root}.tds/torture/`
  await mkdir(folder, { recursive: true })
  const file = `${folder}mutants.json`
  await writeFile(file, `${JSON.stringify({ at: new Date().toISOString(), seconds, mutants }, null, 2)}\n`)
  return file
}
