import type { Db } from '../../db/index.ts'
import type { Config, Environment } from '../config.ts'
import type { Entities } from '../entities/index.ts'
import type { Clock } from '../runtime/index.ts'
import type { Zoho } from '../zoho/index.ts'

export type Verdict = 'ok' | 'warning' | 'problem' | 'skipped'

/** What one look found. */
export interface Finding {
  readonly verdict: Verdict
  /** The fact, with its figures. */
  readonly evidence: string
  /** What to do, the safest first; null where nothing is to be done. */
  readonly fix: string | null
}

export interface Result extends Finding {
  readonly check: string
  /** Entry of the runbook. */
  readonly runbook: string
}

/** A look at one thing. It reads; it never changes anything. */
export interface Check {
  readonly name: string
  /** `online`: a living token and Zoho; `http`: calls of its own, none to Zoho. Both are left out with `offline`. */
  readonly needs: 'nothing' | 'database' | 'http' | 'online'
  /** Heading of the runbook's entry, as its anchor. */
  readonly anchor: string
  look(deps: DoctorDeps): Promise<readonly Finding[]>
}

export interface DoctorDeps {
  readonly config: Config
  readonly env: Environment
  readonly db: Db
  readonly zoho: Pick<Zoho, 'state' | 'probe'>
  readonly entities: Pick<Entities, 'list' | 'byModule'>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Open dead letters by cause. */
  readonly causes: () => Promise<readonly { readonly count: number; readonly sentence: string }[]>
  /** Why there is no database to ask at all: none is configured and the embedded one does not run. */
  readonly noDatabase: string | undefined
}

export const ok = (evidence: string): Finding => ({ verdict: 'ok', evidence, fix: null })
export const skipped = (evidence: string): Finding => ({ verdict: 'skipped', evidence, fix: null })
export const warning = (evidence: string, fix: string): Finding => ({ verdict: 'warning', evidence, fix })
export const problem = (evidence: string, fix: string): Finding => ({ verdict: 'problem', evidence, fix })
