import type { FieldContext } from '../../entities/index.ts'
import type { Tally } from './tally.ts'
import type { VerifyDeps, VerifyOptions } from './types.ts'

/** One comparison of the chosen entities, while it goes on. */
export interface Verification {
  readonly deps: VerifyDeps
  readonly options: VerifyOptions
  readonly context: FieldContext
  /** Of the chosen entities, by name. */
  readonly tallies: ReadonlyMap<string, Tally>
  /** What was spent on Zoho so far. */
  readonly spent: { calls: number }
}
