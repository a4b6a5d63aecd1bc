export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export interface TapOutput {
  /** Takes the next line; when it ends a test file, returns what to show of that file. */
  read(line: string): string[]
  totals(): Totals
}

/** Reads what `tap --reporter=tap` writes: one line a test file, and what failed, was skipped or commented in it. */
export function createTapOutput(): TapOutput {
  let ofThisFile: string[] = []
  let counted: Totals = { passed: 0, failed: 0, skipped: 0 }
  let empty = 0
  return {
    read(line) {
      const counts = line.match(/^# \{ (total: .*) \}$/)?.[1]
      if (counts !== undefined) counted = parseTotals(counts)
      const [, not, file, note = ''] = line.match(/^(not )?ok \d+ - (.*?) # (.*)$/) ?? []
      if (file === undefined) {
        ofThisFile.push(line)
        return endOfFile.test(line) ? [line] : []
      }
      const details = ofThisFile.filter((each) => !isNoise(each))
      const told = ofThisFile.filter((each) => /^\s+(ok .* # (SKIP|TODO)|# (?!Subtest|time=))/.test(each))
      ofThisFile = []
      // tap counts a file without any test as skipped; here a file that tests nothing is a mistake.
      const isEmpty = note === 'SKIP no tests found'
      if (isEmpty) empty += 1
      return not || isEmpty ? ['', `FAIL ${file} ${note}`, ...details] : [`ok   ${file} ${note}`, ...told]
    },
    totals: () => ({
      passed: counted.passed,
      failed: counted.failed + empty,
      skipped: counted.skipped - empty,
    }),
  }
}

/** `total: 10, pass: 2, fail: 4, todo: 1, skip: 3`: what is left to do was not tested either. */
function parseTotals(counts: string): Totals {
  const count = (name: string) => Number(counts.match(new RegExp(`\\b${name}: (\\d+)`))?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') + count('todo') }
}

/** How the process of the failed file above ended. */
const endOfFile = /^ {2}(exitCode|signal|expired|timeout): (?!null)/

/** Lines about what passed, and what tap says of a file as a whole. */
function isNoise(line: string): boolean {
  return /^\s*(ok \d+|1\.\.\d+|# Subtest|# time=|TAP version|$)/.test(line) || !line.startsWith('    ')
}
