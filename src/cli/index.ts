import type { Command } from './command.ts'
import { migrate } from './commands/migrate.ts'
import { sync } from './commands/sync.ts'

export { duration } from './bar.ts'
export { type Command, defineCommand, type Terminal, usageError } from './command.ts'
export { type DatabaseServer, openDatabaseServer } from './database-server.ts'
export { type LocalKeys, withLocalKeys } from './keys-file.ts'
export type { TextStream } from './output.ts'
export { createProgress, type Progress } from './progress.ts'
export { runCli } from './run.ts'
export { syncRuns, wordsOf } from './sync-runs.ts'
export { formatTable } from './table.ts'

/** In the order of the help; `serve` is added by main, because it needs the HTTP side. */
export const commands: readonly Command[] = [migrate, sync]
