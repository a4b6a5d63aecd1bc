import type { Test } from 'tap'
import { type Db, sql } from '../../../db/index.ts'
import { loadEntities } from '../../../src/entities/index.ts'
import { systemClock } from '../../../src/runtime/index.ts'
import { createFindings, type Findings, type StoredFinding } from '../../../src/sync/index.ts'
import { testDatabase } from '../../helpers/database.ts'
import { knowCurrencies } from '../verify/documents.ts'

const entities = await loadEntities()

export interface Validator {
  readonly db: Db
  readonly findings: Findings
  /** Pictures that are not on disk. */
  readonly damaged: string[]
  validate(...rules: string[]): ReturnType<Findings['validate']>
  /** Open findings of a rule, briefly. */
  open(rule: string): Promise<string[]>
}

export async function startValidator(t: Test): Promise<Validator> {
  const { db } = await testDatabase(t)
  await knowCurrencies(db)
  const damaged: string[] = []
  const findings = createFindings({ db, entities, clock: systemClock, damagedImages: async () => damaged })
  return {
    db,
    findings,
    damaged,
    validate: (...rules) =>
      findings.validate({ actor: 'test', signal: new AbortController().signal, ...(rules.length > 0 && { rules }) }),
    async open(rule) {
      const { items } = await findings.list({ rule, limit: 100 })
      return items.map(briefly).toSorted()
    },
  }
}

export const briefly = ({ severity, entity_type, source_entity_id, part, expected, found }: StoredFinding): string =>
  [severity, entity_type, source_entity_id, part, expected, found].join(' | ')

/** Rows that have not changed for hours. */
export async function age(db: Db, table: string): Promise<void> {
  await sql`update ${sql.table(table)} set synced_at = now() - interval '3 hours'`.execute(db)
}
