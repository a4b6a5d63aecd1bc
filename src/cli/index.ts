import type { Command } from './command.ts'
import { audit } from './commands/audit.ts'
import { config } from './commands/config.ts'
import { dlq } from './commands/dlq.ts'
import { doctor } from './commands/doctor.ts'
import { events } from './commands/events.ts'
import { findings } from './commands/findings.ts'
import { healing } from './commands/healing.ts'
import { healthcheck } from './commands/healthcheck.ts'
import { keys } from './commands/keys.ts'
import { migrate } from './commands/migrate.ts'
import { queue } from './commands/queue.ts'
import { settings } from './commands/settings.ts'
import { status } from './commands/status.ts'
import { sync } from './commands/sync.ts'
import { validate } from './commands/validate.ts'
import { verify } from './commands/verify.ts'
import { zoho } from './commands/zoho.ts'

export { duration } from './bar.ts'
export { type Command, defineCommand, type Terminal, usageError } from './command.ts'
export { type DatabaseServer, openDatabaseServer } from './database-server.ts'
export { type LocalKeys, withLocalKeys } from './keys-file.ts'
export type { TextStream } from './output.ts'
export { createProgress, type Progress } from './progress.ts'
export { runCli } from './run.ts'
export { syncRuns, wordsOf } from './sync-runs.ts'
export { formatTable } from './table.ts'

/** In the order of the help; what needs the HTTP side (`serve`, `openapi`) is added by main. */
export const commands: readonly Command[] = [
  migrate,
  sync,
  verify,
  validate,
  findings,
  status,
  doctor,
  zoho,
  queue,
  dlq,
  healing,
  events,
  keys,
  audit,
  settings,
  healthcheck,
  config,
]
