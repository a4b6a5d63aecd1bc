import { isConnectionError, sql } from '../../db/index.ts'
import { errorCode, errorMessage } from '../errors.ts'
import { checks } from './checks.ts'
import { oneRow, readOnly } from './read-only.ts'
import { type Check, type DoctorDeps, type Finding, problem, type Result, skipped } from './types.ts'

export interface DoctorOptions {
  /** No HTTP call, neither to Zoho nor to our own public URL. */
  readonly offline: boolean
  /** Called with each result as it is found. */
  readonly onResult?: (result: Result) => void
}

/**
 * Looks at everything TDS needs, one check after the other. Nothing is changed: the database is read in read-only
 * transactions, files are only looked at, the access token is used as it is stored and never replaced. What calls Zoho
 * takes its slots of the budget like any other call; the rows of that are the only ones it writes.
 */
export async function diagnose(deps: DoctorDeps, { offline, onResult }: DoctorOptions): Promise<readonly Result[]> {
  const away = deps.noDatabase ?? (await whyAway(deps))
  const obstacles: Record<Check['needs'], string | undefined> = {
    nothing: undefined,
    database: away && 'the database cannot be asked',
    http: offline ? 'left out with --offline' : undefined,
    online: offline ? 'left out with --offline' : away && 'token and budget are in the database, which cannot be asked',
  }
  const results: Result[] = []
  for (const check of [reachability(away), ...checks]) {
    if (deps.signal.aborted) break
    const obstacle = obstacles[check.needs]
    const findings = obstacle === undefined ? await look(check, deps) : [skipped(obstacle)]
    for (const finding of findings) {
      const result = toResult(check, finding)
      results.push(result)
      onResult?.(result)
    }
  }
  return results
}

/** A configuration that cannot be read leaves nothing else to look at. */
export function unconfigured(error: unknown): readonly Result[] {
  const faults = errorMessage(error)
    .split('\n')
    .flatMap((line) => (line.startsWith('- ') ? [line.slice(2)] : []))
  const fix = 'correct it in the environment or in .env; the table in README.md, Configuration, says what is allowed'
  return (faults.length > 0 ? faults : [errorMessage(error)]).map((fault) =>
    toResult({ name: 'config', anchor: 'doctor' }, problem(fault, fix)),
  )
}

const toResult = ({ name, anchor }: Pick<Check, 'name' | 'anchor'>, finding: Finding): Result => ({
  check: name,
  ...finding,
  runbook: `docs/runbook.md#${anchor}`,
})

/** A check that fails says so, and the others go on. */
async function look(check: Check, deps: DoctorDeps): Promise<readonly Finding[]> {
  try {
    return await check.look(deps)
  } catch (error) {
    if (isConnectionError(error)) return [skipped('the database went away meanwhile')]
    const words = `it could not be looked at: ${errorMessage(error)} (${errorCode(error)})`
    return [problem(words, 'read the message; a missing table or right is told by the checks before it')]
  }
}

async function whyAway({ db }: DoctorDeps): Promise<string | undefined> {
  try {
    await readOnly(db, (tx) => oneRow(tx, sql<{ one: number }>`select 1 as one`))
    return undefined
  } catch (error) {
    return `PostgreSQL does not answer: ${errorMessage(error)} (${errorCode(error)})`
  }
}

const reachability = (away: string | undefined): Check => ({
  name: 'database',
  needs: 'nothing',
  anchor: 'database',
  async look({ config, noDatabase }) {
    if (noDatabase !== undefined) return [problem(noDatabase, 'npm start starts it; or set DATABASE_URL')]
    if (away !== undefined) {
      return [
        problem(
          away,
          'look whether PostgreSQL runs and whether host, port, user and password in DATABASE_URL are right',
        ),
      ]
    }
    const what =
      config.database.url === undefined
        ? 'the embedded PostgreSQL'
        : `PostgreSQL at ${new URL(config.database.url).host}`
    return [{ verdict: 'ok', evidence: `${what} answers`, fix: null }]
  },
})
