import { type Config, loadConfig } from '../../config.ts'
import { diagnose, type Result, unconfigured, type Verdict } from '../../doctor/index.ts'
import { defineCommand, type Terminal, usageError } from '../command.ts'
import { withContext } from '../session.ts'

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'look at everything TDS needs; says what is wrong and the safest fix, changes nothing',
  usage: '[--offline]',
  about: `Looks at files, secrets, disk, PostgreSQL, schema, indexes, rights, claims, dead letters, custom fields, webhooks,
the public URL, the token, and asks each list of Zoho for one row: about 30 calls, taken from the budget like any other.
It uses the access token as it is stored and never asks for another. Works without the database and without Zoho.
Exit code 1 when there is a problem; warnings alone end with 0.`,
  options: {
    offline: { type: 'boolean', about: 'no HTTP call, neither to Zoho nor to the public URL' },
  },
  async run({ positionals, values, ...terminal }) {
    if (positionals.length > 0) throw usageError(`doctor looks at everything; it does not know ${positionals[0]}`)
    const results = isConfigured(terminal) ?? (await examine(terminal, values.offline ?? false))
    return conclude(terminal, results)
  },
})

/** @returns what is wrong where the configuration cannot be read */
function isConfigured({ env, out }: Terminal): readonly Result[] | undefined {
  try {
    const config: Config = loadConfig(env)
    out.line(`TDS in ${config.production ? 'production' : 'development'}, data in ${config.dataDir}`)
    out.line()
    return undefined
  } catch (error) {
    const results = unconfigured(error)
    for (const result of results) show({ out }, result)
    return results
  }
}

function examine(terminal: Terminal, offline: boolean): Promise<readonly Result[]> {
  const { env, signal, out } = terminal
  return withContext(
    terminal,
    { kind: 'onlooking' },
    ({ config, database, zoho, entities, clock, deadLetters }, around) =>
      diagnose(
        {
          config,
          env,
          db: database.db,
          zoho,
          entities,
          clock,
          signal,
          causes: async () => (await deadLetters.groups({ limit: 500 })).items,
          noDatabase: around.noDatabase,
        },
        { offline, onResult: (result) => show({ out }, result) },
      ),
  )
}

const marks: Readonly<Record<Verdict, string>> = { ok: '✓', warning: '!', problem: '✗', skipped: '–' }
const margin = ' '.repeat(22)

function show({ out }: Pick<Terminal, 'out'>, { check, verdict, evidence, fix, runbook }: Result): void {
  out.line(`${marks[verdict]} ${check.padEnd(20)}${evidence}`)
  if (fix === null) return
  out.line(`${margin}→ ${fix}`)
  out.line(`${margin}  ${runbook}`)
}

function conclude({ out }: Terminal, results: readonly Result[]): number {
  const count = (verdict: Verdict) => results.filter((result) => result.verdict === verdict).length
  const counts = { ok: count('ok'), warning: count('warning'), problem: count('problem'), skipped: count('skipped') }
  const good = counts.problem === 0
  out.line()
  out.line(
    `${counts.problem} problems, ${counts.warning} warnings, ${counts.skipped} skipped, ${counts.ok} fine. Nothing was changed.`,
  )
  out.document({ healthy: good, counts, results })
  return good ? 0 : 1
}
