import type { Db } from '../../../db/index.ts'
import type { Entities } from '../../entities/index.ts'
import type { Clock } from '../../runtime/index.ts'
import type { RuleSettings } from './settings.ts'

/**
 * - `error`: who reads the mirror gets something wrong · `warning`: a person should look at it · `info`: worth knowing,
 *   nothing to do
 */
export type Severity = 'info' | 'warning' | 'error'

/** A row that breaks a rule. */
export interface Found {
  readonly entity_type: string
  /** The record's Zoho id. */
  readonly source_entity_id: string
  /** What of the record: a column, a line, a parent; empty where the record as a whole. */
  readonly part: string
  readonly severity: Severity
  readonly message: string
  readonly expected: string
  readonly found: string
}

export interface RuleScope {
  readonly db: Db
  readonly entities: Pick<Entities, 'list'>
  readonly settings: RuleSettings
  /** Rows to find in one table, at most. */
  readonly limit: number
  /** Opens every picture a row names; ids of those that are missing or not as described. */
  readonly damagedImages: (signal: AbortSignal) => Promise<readonly string[]>
  readonly signal: AbortSignal
}

/** One thing that must hold in the mirror, whether or not Zoho holds it. */
export interface Rule {
  /** Stable: findings, counts, filters and the runbook know it by this. */
  readonly code: string
  /** The worst it gives. */
  readonly severity: Severity
  /** What must hold, in words. */
  readonly says: string
  /** Rows that break it. */
  readonly find: (scope: RuleScope) => Promise<readonly Found[]>
}

export interface FindingsDeps {
  readonly db: Db
  readonly entities: Pick<Entities, 'list' | 'get'>
  readonly damagedImages: RuleScope['damagedImages']
  readonly clock: Clock
}
