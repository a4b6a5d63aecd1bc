import { parseArgs } from 'node:util'
import { documents } from './documents.ts'
import { type Measure, openBench } from './harness.ts'
import { health } from './health.ts'
import { intake } from './intake.ts'
import { renderMachine } from './machine.ts'
import { type Report, renderReport } from './report.ts'
import { reread } from './reread.ts'
import { statistics } from './statistics.ts'

const all: readonly Measure[] = [intake, documents, reread, health, statistics]
const names = all.map(({ name }) => name).join('] [')
const usage = `npm run bench -- [${names}] [--quick] [--full] [--rounds N] [--json]   (default: all measures, 5 rounds; --full: the large numbers, where a measure has them)`
/** A measure that hangs must not hang whoever waits for the bench. */
const longestMs = 30 * 60_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const chosen = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name))
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5))
const understood = positionals.every((name) => all.some((measure) => measure.name === name)) && rounds >= 1

if (values.help || !understood) {
  console.error(usage)
  process.exitCode = values.help ? 0 : 2
} else await bench()

async function bench(): Promise<void> {
  const print = values.json ? () => {} : (text: string) => console.log(text)
  const open = await openBench({
    quick: values.quick,
    full: values.full,
    rounds,
    say: (line) => console.error(`  ${line}`),
  })
  const giveUp = (why: string) => {
    console.error(`\nThe bench ends early: ${why}`)
    void open.close().finally(() => process.exit(1))
  }
  const deadline = setTimeout(() => giveUp(`it took longer than ${longestMs / 60_000} minutes`), longestMs)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => giveUp(signal))
  try {
    print(renderMachine(open.machine))
    if (values.quick) print('A quick run: few and short rounds. For figures to quote, run without --quick.')
    const reports: Report[] = []
    for (const measure of chosen) {
      console.error(`${measure.name}:`)
      const report = await measure.run(open)
      reports.push(report)
      print(renderReport(report))
    }
    if (values.json) console.log(JSON.stringify({ machine: open.machine, quick: values.quick, reports }, null, 2))
  } finally {
    clearTimeout(deadline)
    await open.close()
  }
}
