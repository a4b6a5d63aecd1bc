import type { Check, Entities, Entity } from '../../../entities/index.ts'
import type { Found, Rule } from '../types.ts'

/** What entities themselves say must agree (totals, balances, allocations), one rule for each name of a check. */
export function checkRules(entities: Pick<Entities, 'list'>): readonly Rule[] {
  const all = entities.list().flatMap((entity) => (entity.checks ?? []).map((check) => ({ entity, check })))
  const byName = Map.groupBy(all, ({ check }) => check.name)
  return [...byName].map(([code, checks]): Rule => {
    const says = [...new Set(checks.map(({ check }) => check.rule))].join(' · ')
    const isError = checks.some(({ check }) => severityOf(check) === 'error')
    return { code, severity: isError ? 'error' : 'warning', says, find: (scope) => findAll(checks, scope) }
  })
}

const severityOf = ({ severity = 'error' }: Check) => severity

async function findAll(
  checks: readonly { readonly entity: Entity; readonly check: Check }[],
  { db, limit, signal }: Parameters<Rule['find']>[0],
): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const { entity, check } of checks) {
    signal.throwIfAborted()
    const rows = await check.find(db, limit)
    const base = { entity_type: entity.name, part: '', severity: severityOf(check), message: check.rule }
    found.push(...rows.map((row) => ({ ...base, ...row })))
  }
  return found
}
