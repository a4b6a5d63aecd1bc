import { problemOf } from '../../../src/problems/index.ts'

/** What came back. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  /** Of a request without an answer body: HEAD. */
  readonly isBodiless: boolean
}

/** The only answers above 499 that may be: they say honestly that something is away or slow. */
const honest: ReadonlySet<string> = new Set(['DATABASE_SLOW', 'DATABASE_AWAY', 'TIMEOUT', 'INBOX_BUSY', 'KEYS_AWAY'])

/** What an answer has wrong; undefined when it is as our contract promises it. */
export function faultOf({ status, type, text, isBodiless }: Answer, target: string, secrets: Iterable<string>) {
  for (const secret of secrets) if (text.includes(secret)) return `shows a secret: ${text.slice(0, 300)}`
  if (status >= 500 && !isHonest(status, text, target, isBodiless)) return `${status}: ${text.slice(0, 600)}`
  if (status < 400 || isBodiless || isReport(target)) return undefined
  // A range that is not there has nothing to say but where the end is.
  if (status === 416 && text === '') return undefined
  if (!type.startsWith('application/problem+json')) return `${status} of type "${type}": ${text.slice(0, 300)}`
  return faultOfProblem(status, text)
}

/** Health answers 503 with its report. */
const isReport = (target: string): boolean => /^\/api\/tds\/health(\/ready)?\/?(\?|$)/.test(target)

function isHonest(status: number, text: string, target: string, isBodiless: boolean): boolean {
  if (status !== 503) return false
  return isBodiless || isReport(target) || honest.has(codeOf(text))
}

function faultOfProblem(status: number, text: string): string | undefined {
  try {
    const problem = JSON.parse(text) as Record<string, unknown>
    if (problem.status !== status) return `says ${problem.status} under ${status}: ${text.slice(0, 300)}`
    if (problemOf(String(problem.code)) === undefined) return `the code ${problem.code} is in no catalogue`
    // What is said of the stack or the statement helps only who should not be helped.
    if (/\bat [\w.]+ \(|node_modules|\bselect .* from |src\/.*\.ts/i.test(String(problem.detail)))
      return `tells of its inside: ${text.slice(0, 300)}`
    return undefined
  } catch {
    return `${status} is no JSON: ${text.slice(0, 300)}`
  }
}

export function codeOf(text: string): string {
  try {
    return String((JSON.parse(text) as { code?: unknown }).code)
  } catch {
    return 'none'
  }
}
