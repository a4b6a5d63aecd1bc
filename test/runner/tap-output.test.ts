import t from 'tap'
import { createTapOutput } from './tap-output.ts'

const output = `TAP version 14
1..4
# Subtest: test/good.test.ts
    # Subtest: it works
        ok 1 - should be equal
        ok 2 - as root # SKIP needs root
        # seed 42
        1..2
    ok 1 - it works # time=3.1ms
    1..1
    # time=5.2ms
ok 1 - test/good.test.ts # time=5.2ms

# Subtest: test/bad.test.ts
    said by the test
    ok 1 - should be equal
    not ok 2 - should be equal
      ---
      diff: |
        -2
        +1
      ...
    1..2
not ok 2 - test/bad.test.ts # time=9ms
  ---
  exitCode: 1
  signal: null
  ...

# Subtest: test/empty.test.ts
    1..0 # no tests found
ok 3 - test/empty.test.ts # SKIP no tests found

# { total: 6, pass: 3, fail: 1, skip: 2 }
# time=20ms`

t.test('a file that passed is one line and what it told, a file that failed shows what failed', async (t) => {
  const tap = createTapOutput()
  const shown = output.split('\n').flatMap((line) => tap.read(line))
  t.strictSame(shown, [
    'ok   test/good.test.ts time=5.2ms',
    '        ok 2 - as root # SKIP needs root',
    '        # seed 42',
    '',
    'FAIL test/bad.test.ts time=9ms',
    '    said by the test',
    '    not ok 2 - should be equal',
    '      ---',
    '      diff: |',
    '        -2',
    '        +1',
    '      ...',
    '  exitCode: 1',
    '',
    'FAIL test/empty.test.ts SKIP no tests found',
  ])
})

t.test('assertions are counted, and a file that tests nothing counts as failed', async (t) => {
  const tap = createTapOutput()
  for (const line of output.split('\n')) tap.read(line)
  t.strictSame(tap.totals(), { passed: 3, failed: 2, skipped: 1 })
})

t.test('a run that was cut off has counted nothing', async (t) => {
  t.strictSame(createTapOutput().totals(), { passed: 0, failed: 0, skipped: 0 })
})
