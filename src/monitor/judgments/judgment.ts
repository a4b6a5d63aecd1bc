import type { Reason } from '../reason.ts'
import type { Here, Snapshot } from '../types.ts'

/** One question each: what of the facts is not as it should be. */
export type Judgment = (snapshot: Snapshot, here: Here) => readonly Reason[]

/** What can be judged without the database. */
export type LocalJudgment = (here: Here, snapshot: Snapshot | undefined) => readonly Reason[]
