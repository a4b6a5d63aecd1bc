import { readdir, readFile, writeFile } from 'node:fs/promises'
import { root } from '../runner/command.ts'
import type { MutantReport } from './mutants/search.ts'
import type { Report } from './report.ts'
import type { Scale } from './trial.ts'
import { trials } from './trials.ts'

const start = '<!-- figures: written by "npm run guarantees" -->'
const end = '<!-- end of figures -->'
const runsShown = 3

export interface MutantsReport {
  readonly at: string
  readonly seconds: number
  readonly mutants: readonly MutantReport[]
}

/** The page with what the last runs did between its marks. @throws when the marks are not there */
export function withFigures(page: string, figures: string): string {
  const [from, to] = [page.indexOf(start), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/guarantees.md lacks the lines ${start} and ${end}`)
  return `${page.slice(0, from + start.length)}\n\n${figures}\n\n${page.slice(to)}`
}

/** The newest runs of the largest scale there is, trial by trial, and what became of the mutants. */
export function figuresOf(reports: readonly Report[], mutants: MutantsReport | undefined): string {
  const runs = lastRuns(reports)
  return [
    runs.length === 0 ? 'No run is recorded.' : runsTable(runs),
    ...runs.map(trialsTable),
    mutantsTable(mutants),
  ].join('\n\n')
}

function lastRuns(reports: readonly Report[]): readonly Report[] {
  for (const scale of ['full', 'normal'] satisfies Scale[]) {
    const runs = reports.filter((report) => report.scale === scale).toSorted((a, b) => b.at.localeCompare(a.at))
    if (runs.length > 0) return runs.slice(0, runsShown)
  }
  return []
}

/** Figures of trials that are one thing. What the trials call otherwise is in their own rows. */
const sums = {
  kills: ['kills', 'deaths', 'leaders killed'],
  faults: ['plays', 'blows', 'faults', 'malformed requests', 'mutated webhooks'],
  requests: [
    'requests',
    'acknowledged webhooks',
    'webhooks delivered',
    'webhooks meanwhile',
    'replies 200',
    'replies 503',
  ],
} as const

function runsTable(runs: readonly Report[]): string {
  const rows = runs.map((run) => {
    const { seed, scale, at, trials } = run
    const failed = trials.filter(({ failure }) => failure !== undefined).length
    const seconds = trials.reduce((sum, trial) => sum + trial.seconds, 0)
    const verdict = failed === 0 ? '0' : `**${failed} of ${trials.length} trials failed**`
    const told = [at.slice(0, 10), scale, seed, trials.length, minutes(seconds)]
    return row([...told, count(sum(run, 'kills')), count(sum(run, 'faults')), count(sum(run, 'requests')), verdict])
  })
  const heads = ['Date', 'Scale', 'Seed', 'Trials', 'Took', 'Kills', 'Faults', 'Requests', 'Losses']
  return [row(heads), row(heads.map(() => '---')), ...rows].join('\n')
}

function sum({ trials }: Report, what: keyof typeof sums): number {
  const names: readonly string[] = sums[what]
  const figures = trials.flatMap((trial) => Object.entries(trial.figures))
  return figures.reduce((total, [name, value]) => total + (names.includes(name) ? value : 0), 0)
}

function trialsTable({ seed, scale, trials }: Report): string {
  const rows = trials.map(({ trial, seconds, figures, failure }) => {
    const done = Object.entries(figures).map(([what, value]) => `${count(value)} ${what}`)
    return row([
      trial,
      `${seconds} s`,
      failure === undefined ? done.join(', ') : `**failed**: ${failure.split('\n')[0]}`,
    ])
  })
  return [`Seed ${seed}, ${scale}:`, '', row(['Trial', 'Took', 'Figures']), row(['---', '---', '---']), ...rows].join(
    '\n',
  )
}

function mutantsTable(report: MutantsReport | undefined): string {
  if (!report) return 'No run of the mutants is recorded.'
  const { at, seconds, mutants } = report
  const killed = mutants.filter(({ verdict }) => verdict === 'killed').length
  const rows = mutants.map(({ mutant, breaks, verdict, words }) => row([`\`${mutant}\``, breaks, verdict, words]))
  return [
    `Mutants, ${at.slice(0, 10)}: ${killed} of ${mutants.length} were killed, in ${minutes(seconds)}.`,
    '',
    row(['Mutant', 'Breaks', 'Verdict', 'The assertion that noticed']),
    row(['---', '---', '---', '---']),
    ...rows,
  ].join('\n')
}

const row = (cells: readonly (string | number)[]): string =>
  `| ${cells.map((cell) => forTable(String(cell))).join(' | ')} |`
const forTable = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
const count = (value: number): string => value.toLocaleString('en')
const minutes = (seconds: number): string => (seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`)

async function readReports(folder: string): Promise<{ reports: Report[]; mutants: MutantsReport | undefined }> {
  const names: readonly string[] = await readdir(folder).catch(() => [])
  const read = async (name: string) => JSON.parse(await readFile(folder + name, 'utf8'))
  const runs: Report[] = await Promise.all(names.filter((name) => /^(normal|full)-\d+\.json$/.test(name)).map(read))
  const mutants = names.includes('mutants.json') ? await read('mutants.json') : undefined
  return { reports: runs.filter(isWhole), mutants }
}

/** Of every trial there is now. */
const isWhole = (report: Report): boolean =>
  trials.every(({ name }) => report.trials.some(({ trial }) => trial === name))

if (import.meta.main) {
  const page = `${root}docs/guarantees.md`
  const { reports, mutants } = await readReports(`${root}.tds/torture/`)
  await writeFile(page, withFigures(await readFile(page, 'utf8'), figuresOf(reports, mutants)))
}
