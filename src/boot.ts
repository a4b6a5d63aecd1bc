import { type Db, isPassingError, migrate, type OpenDatabase, schemaDifferences, sql } from '../db/index.ts'
import { errorCode, TdsError } from './errors.ts'
import type { Logger } from './log.ts'
import { type Clock, createLoop } from './runtime/index.ts'

export interface Boot {
  start(): void
  /** Resolves when the database was reached, migrated and checked; rejects with what is wrong with it. */
  readonly done: Promise<void>
  /** Whether the database answers, and is being migrated and checked; false between tries. */
  answered(): boolean
  stop(): Promise<void>
}

/**
 * Reaches the database, migrates and checks it. While it is away, or cannot be used for a reason that passes (no connection
 * left, a lock, a full disk), it tries again, because intake and images work without. Only a verdict ends the start.
 */
export function createBoot({
  database,
  log,
  clock,
  check,
  onReady,
}: {
  database: OpenDatabase
  log: Logger
  clock: Clock
  /** Looks at what the database holds, once its schema is right; what it throws ends the start. */
  check: () => Promise<void>
  onReady: () => void
}): Boot {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  // Whoever waits sees it; nobody has to.
  done.catch(() => {})
  let finished = false
  let answered = false
  const loop = createLoop({
    name: 'boot',
    clock,
    errorRestMs: 1_000,
    onError: (error) => log.warn({ code: codeOf(error) }, 'the database cannot be used yet; webhooks go to the spool'),
    async pass() {
      if (!finished) await attempt()
      return 3_600_000
    },
  })
  return { done, answered: () => answered, start: loop.start, stop: () => loop.stop() }

  async function attempt(): Promise<void> {
    try {
      await sql`select 1`.execute(database.db)
      answered = true
      await prepareDatabase(database.db)
      await check()
      onReady()
      resolve()
    } catch (error) {
      answered = false
      if (isPassingError(error) || codeOf(error) === '57014') throw error
      log.fatal({ err: error, code: errorCode(error) }, 'the database cannot be used')
      reject(error)
    }
    finished = true
  }
}

/** Of what a migration threw, the code is its cause's. */
const codeOf = (error: unknown): string =>
  error instanceof Error && !('code' in error) && error.cause !== undefined ? codeOf(error.cause) : errorCode(error)

/** @throws TdsError `SCHEMA_DRIFT` naming every difference */
export async function prepareDatabase(db: Db): Promise<void> {
  await migrate(db)
  const differences = await schemaDifferences(db)
  if (differences.length === 0) return
  throw new TdsError(
    'SCHEMA_DRIFT',
    'permanent',
    `The database is not what this version expects:\n- ${differences.join('\n- ')}`,
  )
}
