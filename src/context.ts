import { v7 as uuidv7 } from 'uuid'
import { createDatabase, type OpenDatabase } from '../db/index.ts'
import { type Alerts, createAlerts } from './alerts/index.ts'
import { type Audit, createAudit } from './audit/index.ts'
import { createBoot } from './boot.ts'
import type { Config } from './config.ts'
import { createDeadLetters, type DeadLetters } from './dead-letters/index.ts'
import { type Entities, loadEntities } from './entities/index.ts'
import { errorCode, errorMessage } from './errors.ts'
import { createImages, type Images } from './images/index.ts'
import { createInbox, type Inbox } from './inbox/index.ts'
import { createKeys, type Keys } from './keys/index.ts'
import type { Logger } from './log.ts'
import { createMonitor, createThresholdSettings, type Monitor, type ThresholdSettings } from './monitor/index.ts'
import { createWorkers, type Workers } from './processors/index.ts'
import { announce, enqueue, priorities } from './queue/index.ts'
import { type Clock, systemClock } from './runtime/index.ts'
import { createScheduler, type Scheduler } from './scheduler/index.ts'
import {
  createFieldContext,
  createPlanner,
  createSync,
  createTasks,
  createVerify,
  type Planner,
  refuseOtherOrganization,
  type Sync,
  tasksOf,
  timeZoneOf,
  type Verify,
} from './sync/index.ts'
import { createZoho, type Zoho } from './zoho/index.ts'

export interface Context {
  readonly config: Config
  readonly log: Logger
  readonly clock: Clock
  readonly processId: string
  readonly version: string
  readonly database: OpenDatabase
  readonly entities: Entities
  readonly zoho: Zoho
  readonly inbox: Inbox
  readonly images: Images
  readonly monitor: Monitor
  readonly deadLetters: DeadLetters
  readonly sync: Sync
  readonly planner: Planner
  readonly verify: Verify
  readonly workers: Workers
  readonly scheduler: Scheduler
  readonly keys: Keys
  readonly audit: Audit
  readonly alerts: Alerts
  readonly thresholds: ThresholdSettings
  /**
   * Starts what works in the background. Needs no database to be there: intake spools by itself, everything else begins
   * when the schema has been checked. With `holdTimetable` nothing fires by itself until `scheduler.start()`.
   */
  start(options?: { readonly holdTimetable?: boolean }): void
  /** Resolves when the database was reached, migrated and checked. @throws TdsError `SCHEMA_DRIFT` */
  ready(): Promise<void>
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
}

/** The composition root: every room is made here, by hand, and handed what it needs. */
export async function createContext({
  config,
  databaseUrl,
  log,
  version,
  clock = systemClock,
}: ContextOptions): Promise<Context> {
  const processId = uuidv7()
  const database = createDatabase({
    connectionString: databaseUrl,
    maxConnections: config.database.connections,
    statementTimeoutMs: 60_000,
    applicationName: `tds ${processId.slice(-8)}`,
    onError: (error) => log.warn({ code: errorCode(error) }, 'an idle database connection broke'),
  })
  const { db, pool } = database
  const entities = await loadEntities()
  const zoho = createZoho({ db, config: config.zoho, log, clock, processId })
  const keys = createKeys({ db, bootstrapKey: config.admin.key, clock, log })
  const fieldContext = createFieldContext(db, config.fields, clock, () => zoho.organization())
  const images = createImages({ db, zoho, config: config.images, log, clock })
  const workers = createWorkers({
    db,
    pool,
    zoho,
    entities,
    fieldContext,
    processId,
    clock,
    log,
    imageConcurrency: config.images.concurrency,
    imagesPausedUntil: () => images.pausedUntil(),
    loadImage: (item, options) => images.process(item, options),
  })
  const wake = () => {
    workers.nudge()
    void announce(db).catch(() => {})
  }
  const planner = createPlanner({ db, entities, zoho, clock, tasks: () => scheduler.intervals() })
  const sync = createSync({
    db,
    zoho,
    entities,
    fieldContext,
    processId,
    clock,
    log,
    wake,
    paths: config.zoho.paths,
    wantedImages: (after, limit) => images.wanted(db, undefined, { after, limit }),
    sweepImages: async () => (await images.sweep()).damaged,
    allowance: planner.allowance,
  })
  const verify = createVerify({
    db,
    zoho,
    entities,
    fieldContext,
    enqueue,
    wake,
    clock,
    log,
    paths: config.zoho.paths,
    images: {
      verify: (signal) => images.verify(signal),
      wanted: (after, limit) => images.wanted(db, undefined, { after, limit }),
    },
  })
  const inbox = createInbox({
    db,
    pool,
    webhook: config.webhook,
    spool: config.spool,
    organizationId: config.zoho.organizationId,
    resolve: (module) => route(entities, module),
    compare: verify.compare,
    enqueue,
    onPromoted: wake,
    clock,
    log,
  })
  const scheduler = createScheduler({
    db,
    pool,
    clock,
    log,
    processId,
    version,
    enabled: config.scheduler && config.zoho.refreshToken !== undefined,
    timeZone: () => timeZoneOf(db),
    lines: tasksOf(entities),
    stretches: planner.stretches,
    runTask: createTasks({ sync, planner, verify }),
    resumeAbandoned: sync.resumeAbandoned,
  })
  let notReady: string | null = 'starting: the database has not been checked yet'
  const monitor = createMonitor({
    db,
    entities,
    zoho,
    imageDir: config.images.dir,
    clock,
    log,
    plannedEverySeconds: scheduler.plannedEverySeconds,
    plan: planner.recent,
    notReady: () => notReady,
  })
  const deadLetters = createDeadLetters({
    db,
    entities,
    zoho,
    clock,
    onWork: wake,
    onError: (error, loop) => log.warn({ code: errorCode(error) }, `${loop}: ${errorMessage(error)}`),
  })
  const alerts = createAlerts({
    db,
    clock,
    log,
    entities,
    settings: config.alerts,
    publicUrl: config.publicUrl,
    observe: monitor.observe,
    isLeader: () => scheduler.isLeader,
  })
  const boot = createBoot({
    database,
    check: () => refuseOtherOrganization(db, config.zoho.organizationId),
    log,
    clock,
    onReady: () => {
      if (!retired) notReady = null
      inbox.start()
      workers.start()
      alerts.start()
      deadLetters.start()
      if (!timetableHeld) scheduler.start()
    },
  })
  let timetableHeld = false
  let retired = false
  let stopping: Promise<void> | undefined

  return {
    config,
    log,
    clock,
    processId,
    version,
    database,
    entities,
    zoho,
    inbox,
    images,
    monitor,
    deadLetters,
    sync,
    planner,
    verify,
    workers,
    scheduler,
    keys,
    audit: createAudit({ db }),
    alerts,
    thresholds: createThresholdSettings({ db }),
    start({ holdTimetable = false } = {}) {
      timetableHeld = holdTimetable
      boot.start()
    },
    ready: () => boot.done,
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
    await scheduler.stop()
    await deadLetters.stop()
    await workers.stop()
    await inbox.stop()
    await zoho.close()
    await database.close()
  }
}

function route(entities: Entities, module: string) {
  const entity = entities.byModule(module)
  if (!entity) return null
  return {
    entityType: entity.name,
    idFields: entity.id.fields,
    payloadKeys: entity.webhook.wrappers,
    lane: entity.lane,
    priority: priorities.webhook,
  }
}
