import { reason } from '../reason.ts'
import { freshness } from './freshness.ts'
import { intake } from './intake.ts'
import type { Judgment, LocalJudgment } from './judgment.ts'
import { paused } from './paused.ts'
import { pictures } from './pictures.ts'
import { damage, folders, refusing, spool } from './places.ts'
import { clockSkew, configuration, leader, timetable, workers } from './processes.ts'
import { backlog, deadLetters, failures, stuck } from './queue.ts'
import { budget, token } from './zoho.ts'

export const databaseAway = reason(
  'database_away',
  'critical',
  'The database does not answer; webhooks are kept in the spool meanwhile',
)

/** What is judged of the database's facts. */
export const judgments: readonly Judgment[] = [
  ...workers,
  leader,
  timetable,
  backlog,
  stuck,
  failures,
  deadLetters,
  ...intake,
  ...freshness,
  paused,
  token,
  budget,
  ...pictures,
  clockSkew,
  configuration,
]

/** What is judged with and without the database. */
export const localJudgments: readonly LocalJudgment[] = [folders, spool, refusing, damage]
