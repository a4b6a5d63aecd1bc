import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { figuresOf, withFigures } from './guarantees.ts'
import { mutants } from './mutants/list.ts'
import type { Report } from './report.ts'
import { trials } from './trials.ts'

const page = await readFile('docs/guarantees.md', 'utf8')
const promises = page.slice(0, page.indexOf('## The trials'))
const descriptions = page.slice(page.indexOf('## The trials'), page.indexOf('## The last runs'))

t.test('every test that the page names exists', async (t) => {
  const files = [...promises.matchAll(/`(test\/[\w./-]+)`/g)].map(([, file = '']) => file)
  t.ok(files.length > 40)
  for (const file of new Set(files)) t.ok(existsSync(file), file)
})

t.test('every trial is described, and stands at a promise', async (t) => {
  const described = [...descriptions.matchAll(/^\| \*\*(\w+)\*\*/gm)].map(([, name = '']) => name)
  const proving = [...promises.matchAll(/^\| Trials \| (.+) \|$/gm)].flatMap(([, names = '']) => names.split(', '))
  for (const { name } of trials) {
    t.ok(described.includes(name), `${name} is described`)
    t.ok(proving.includes(name), `${name} proves something`)
  }
  for (const name of new Set(proving)) t.ok(described.includes(name), `${name} is described`)
})

t.test('every mutant stands at the promise it breaks, and none that is not there', async (t) => {
  const rows = [...promises.matchAll(/^\| Mutants \| (.+) \|$/gm)]
  const named = rows.flatMap(([, names = '']) => [...names.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name))
  t.same(named.toSorted(), mutants.map(({ name }) => name).toSorted())
})

t.test('a promise has its limits, tests, trials and mutants', async (t) => {
  for (const [title = '', ...rest] of promises
    .split(/^## /m)
    .slice(1)
    .map((part) => part.split('\n')))
    for (const word of ['Promised', 'Not promised', 'Tests', 'Trials', 'Mutants'])
      t.ok(
        rest.some((line) => line.startsWith(`| ${word} | `)),
        `${title}: ${word}`,
      )
})

t.test('the last three runs of the largest scale are shown, newest first, with what failed', async (t) => {
  const run = (scale: Report['scale'], seed: number, day: number, failure?: string): Report => ({
    seed,
    scale,
    at: `2026-03-0${day}T00:00:00.000Z`,
    trials: [
      { trial: 'crash', seconds: 100, figures: { kills: 1220, 'acknowledged webhooks': 5 } },
      { trial: 'points', seconds: 50, figures: { deaths: 3 }, ...(failure !== undefined && { failure }) },
    ],
  })
  const full = [1, 2, 3, 4].map((day) => run('full', day, day, day === 4 ? 'a | b\nstack' : undefined))
  const mutant = { mutant: 'm', breaks: 'b', verdict: 'killed', seconds: 3, words: 'it is three' } as const
  const figures = figuresOf([run('normal', 9, 9), ...full], { at: '2026-03-05', seconds: 130, mutants: [mutant] })
  t.match(figures, '| 2026-03-03 | full | 3 | 2 | 3 min | 1,223 | 0 | 5 | 0 |')
  t.ok(figures.indexOf('2026-03-04') < figures.indexOf('2026-03-03'))
  t.match(figures, '**1 of 2 trials failed**')
  t.match(figures, '**failed**: a \\| b |')
  t.notMatch(figures, '2026-03-01')
  t.notMatch(figures, 'normal')
  t.match(figures, '1 of 1 were killed, in 2 min')
  t.equal(figuresOf([], undefined), 'No run is recorded.\n\nNo run of the mutants is recorded.')
})

t.test('figures stand between their marks, and can be renewed', async (t) => {
  const once = withFigures(page, 'first')
  t.equal(withFigures(once, 'first'), once)
  t.match(withFigures(once, 'second'), /second\n\n<!-- end of figures/)
  t.throws(() => withFigures('no marks', ''), /lacks the lines/)
})
