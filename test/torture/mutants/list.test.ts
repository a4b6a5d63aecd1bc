import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { mutants } from './list.ts'
import { mutate } from './mutant.ts'
import { endingOf } from './test-file.ts'

t.test('every mutant applies to the code as it is, and its tests are there', async (t) => {
  t.ok(mutants.length >= 20)
  t.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length, 'no name twice')
  for (const mutant of mutants) {
    const source = await readFile(mutant.file, 'utf8')
    t.not(mutate(source, mutant), source, mutant.name)
    for (const file of mutant.tests) t.ok(existsSync(file), `${mutant.name}: ${file}`)
  }
})

t.test('a line that is not there any more, or there twice, is a fault of the list', async (t) => {
  const mutant = { name: 'm', breaks: 'b', file: 'f.ts', from: 'one', to: 'two', tests: [] }
  t.equal(mutate('one', mutant), 'two')
  t.throws(() => mutate('nothing', mutant), /m does not apply any more: f.ts holds its line 0 times/)
  t.throws(() => mutate('one and one', mutant), /2 times/)
})

t.test('only a failed assertion kills a mutant', async (t) => {
  const tap = 'TAP version 14\n# Subtest: it works\n    not ok 2 - it is three\n      ---\n      diff: 1\n      ...\n'
  t.strictSame(endingOf(1, tap), { ending: 'failed', words: 'it is three' })
  t.equal(endingOf(0, '').ending, 'passed')
  t.equal(endingOf(1, 'SyntaxError: Unexpected token').ending, 'broken', 'it did not even load')
  t.equal(endingOf(1, `${tap}      type: ReferenceError\n`).ending, 'broken')
  t.equal(endingOf(1, `${tap}      code: "42601"\n`).ending, 'broken', 'PostgreSQL does not understand it')
  t.equal(endingOf(1, '    not ok 3 - timeout exceeded when trying to connect\n').ending, 'broken', 'a busy machine')
  t.equal(endingOf(1, '    not ok 3 - timeout!\n').ending, 'endless')
  t.equal(endingOf(null, tap).ending, 'endless')
})
