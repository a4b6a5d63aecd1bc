import { v7 as uuidv7 } from 'uuid'
import { createDatabase, type OpenDatabase } from '../db/index.ts'
import { createBoot } from './boot.ts'
import type { Config } from './config.ts'
import { loadEntities } from './entities/index.ts'
import { errorCode } from './errors.ts'
import type { Logger } from './log.ts'
import { type Core, createMirror, createOperations, type Mirror, type Operations } from './rooms/index.ts'
import { type Clock, systemClock } from './runtime/index.ts'
import { refuseOtherOrganization } from './sync/index.ts'

/** Every room, made and wired. What an edge (a route, a command) may use. */
export interface Context extends Core, Mirror, Operations {
  /**
   * Starts what works in the background. Needs no database to be there: intake spools by itself, everything else begins
   * when the schema has been checked. With `holdTimetable` nothing fires by itself until `scheduler.start()`.
   */
  start(options?: { readonly holdTimetable?: boolean }): void
  /** Resolves when the database was reached, migrated and checked. @throws TdsError `SCHEMA_DRIFT` */
  ready(): Promise<void>
  /** Whether the database answers, and is being migrated and checked; false between tries. */
  answered(): boolean
  /** From now on not ready, while everything still works: what balances load sends no more. */
  retire(): void
  /** Phases: not ready, no more claims, work in hand, intake, connections. Safe to call twice. */
  stop(): Promise<void>
}

export interface ContextOptions {
  readonly config: Config
  /** Where the database is; the configuration's URL, or the embedded server's. */
  readonly databaseUrl: string
  readonly log: Logger
  readonly version: string
  readonly clock?: Clock
  /** Shorter pauses towards Zoho, for tests. */
  readonly zohoTiming?: Core['zohoTiming']
}

/** The composition root: every room is made here, by hand, and handed what it needs. */
export async function createContext({
  config,
  databaseUrl,
  log,
  version,
  clock = systemClock,
  zohoTiming,
}: ContextOptions): Promise<Context> {
  const processId = uuidv7()
  const core: Core = {
    config,
    log,
    clock,
    processId,
    version,
    database: openDatabase(),
    entities: await loadEntities(),
    zohoTiming,
  }
  let notReady: string | null = 'starting: the database has not been checked yet'
  const mirror = createMirror(core)
  const operations = createOperations(core, mirror, { notReady: () => notReady })
  const { database } = core
  const { inbox, workers, scheduler, zoho, verifications, findings, runner, runWatch } = mirror
  const { alerts, deadLetters, gauges, healing, monitor } = operations
  const boot = createBoot({
    database,
    check: () => refuseOtherOrganization(database.db, config.zoho.organizationId),
    log,
    clock,
    onReady: () => {
      if (!retired) notReady = null
      inbox.start()
      workers.start()
      alerts.start()
      gauges.start()
      deadLetters.start()
      healing.start()
      verifications.openUp()
      runner.start()
      if (!timetableHeld) scheduler.start()
    },
  })
  let timetableHeld = false
  let retired = false
  let stopping: Promise<void> | undefined

  return {
    ...core,
    ...mirror,
    ...operations,
    start({ holdTimetable = false } = {}) {
      timetableHeld = holdTimetable
      monitor.start()
      boot.start()
    },
    ready: () => boot.done,
    answered: boot.answered,
    retire,
    stop: () => (stopping ??= stop()),
  }

  function retire(): void {
    retired = true
    notReady = 'stopping'
  }

  async function stop(): Promise<void> {
    retire()
    await boot.stop()
    await alerts.stop()
    await gauges.stop()
    await healing.stop()
    await Promise.all([scheduler.stop(), runner.stop(), runWatch.close()])
    await Promise.all([verifications.close(), findings.close()])
    await deadLetters.stop()
    await workers.stop()
    await inbox.stop()
    await zoho.close()
    await monitor.stop()
    await database.close()
  }

  function openDatabase(): OpenDatabase {
    return createDatabase({
      connectionString: databaseUrl,
      maxConnections: config.database.connections,
      statementTimeoutMs: 60_000,
      applicationName: `tds ${processId.slice(-8)}`,
      onError: (error) => log.warn({ code: errorCode(error) }, 'an idle database connection broke'),
    })
  }
}
