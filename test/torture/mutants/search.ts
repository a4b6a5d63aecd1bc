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
  /** UNPROVEN: a test of it fails without it, too. */
  readonly verdict: 'killed' | 'SURVIVED' | 'UNPROVEN'
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
    await workshops[0]?.check(chosen)
    const spoiled = await failingUnspoiled(shop, chosen)
    const reports = await inTurns(shop, chosen, (workshop, mutant) => tryMutant(shop, workshop, mutant, spoiled))
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

/** Every test file once on a copy that is as it should be: what fails there proves nothing. @returns those that fail */
async function failingUnspoiled(shop: Shop, chosen: readonly Mutant[]): Promise<ReadonlySet<string>> {
  const { server, signal, print } = shop
  const files = [...new Set(chosen.flatMap(({ tests }) => tests))]
  print(`${files.length} test files on an unspoiled copy`)
  const failing = new Set<string>()
  await inTurns(shop, files, async (workshop, file) => {
    const run = await runTestFile({ root: workshop.root, file, server, signal })
    if (run.ending === 'passed') return
    failing.add(file)
    print(`${file} ${run.ending} without any mutant:\n${run.words}`)
  })
  return failing
}

async function tryMutant(
  shop: Shop,
  workshop: Workshop,
  mutant: Mutant,
  spoiled: ReadonlySet<string>,
): Promise<MutantReport> {
  const report = mutant.tests.some((file) => spoiled.has(file)) ? unproven(mutant) : await spoil(shop, workshop, mutant)
  shop.print(lineOf(report))
  return report
}

const unproven = ({ name, breaks }: Mutant): MutantReport => ({
  mutant: name,
  breaks,
  verdict: 'UNPROVEN',
  seconds: 0,
  words: 'its tests fail without it, too',
})

async function spoil({ server, signal, print }: Shop, workshop: Workshop, mutant: Mutant): Promise<MutantReport> {
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
  for (const { ending, words: said } of missed) if (ending !== 'passed') print(said)
  return report
}

const lineOf = ({ mutant, verdict, seconds, words }: MutantReport): string =>
  `${verdict.padEnd(8)} ${mutant.padEnd(34)} ${String(seconds).padStart(4)} s  ${words.slice(0, 110)}`

/** Every piece of work in one of the copies, as many at a time as there are copies. */
async function inTurns<T, R>(
  shop: Shop,
  work: readonly T[],
  each: (workshop: Workshop, piece: T) => Promise<R>,
): Promise<R[]> {
  const left = [...work]
  const done: R[] = []
  const lane = async (workshop: Workshop) => {
    for (let next = left.shift(); next !== undefined && !shop.signal.aborted; next = left.shift())
      done.push(await each(workshop, next))
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
