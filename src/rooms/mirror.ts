import type { Entities } from '../entities/index.ts'
import { watchOf } from '../healing/index.ts'
import { createImages, type Images } from '../images/index.ts'
import { createInbox, type Inbox } from '../inbox/index.ts'
import { createMeter, type Meter } from '../monitor/index.ts'
import { createPauses, type Pause, type Pauses, wordsOf } from '../pauses/index.ts'
import { createWorkers, type Workers } from '../processors/index.ts'
import { announce, createQueueDesk, enqueue, priorities, type QueueDesk } from '../queue/index.ts'
import { createScheduler, createSchedules, type Scheduler, type Schedules, type Task } from '../scheduler/index.ts'
import {
  createFieldContext,
  createFindings,
  createPlanner,
  createRunner,
  createRunWatch,
  createSync,
  createSyncControl,
  createTasks,
  createVerifications,
  createVerify,
  type Findings,
  type Mode,
  type Planner,
  type Runner,
  type RunWatch,
  type Sync,
  type SyncControl,
  tasksOf,
  timeZoneOf,
  type Verifications,
  type Verify,
} from '../sync/index.ts'
import { createZoho, type Zoho } from '../zoho/index.ts'
import type { Core } from './core.ts'

/** The rooms through which data flows from Zoho into the tables. */
export interface Mirror {
  /** What this process did since it started. */
  readonly meter: Meter
  readonly zoho: Zoho
  readonly inbox: Inbox
  readonly images: Images
  readonly sync: Sync
  readonly planner: Planner
  readonly verify: Verify
  /** Comparisons that were begun, and what repairs them. */
  readonly verifications: Verifications
  readonly findings: Findings
  readonly workers: Workers
  readonly scheduler: Scheduler
  readonly schedules: Schedules
  /** What people hold back. */
  readonly pauses: Pauses
  /** What people do with runs; `runner` works on those they start, `runWatch` shows how far they are. */
  readonly syncs: SyncControl
  readonly queue: QueueDesk
  readonly runner: Runner
  readonly runWatch: RunWatch
  /** Tells the workers of this and every other process that there is something to do. */
  wake(): void
}

export function createMirror(core: Core): Mirror {
  const { config, log, clock, processId, version, database, entities } = core
  const { db, pool } = database
  const meter = createMeter({ version: core.version, entityOf: (module) => entities.byModule(module)?.name })
  const pauses = createPauses({
    db,
    clock,
    onResume: () => {
      wake()
      runner.nudge()
    },
  })
  const held = async () => {
    const pause = await pauses.ofZoho()
    return pause && `${wordsOf(pause)} is paused by ${pause.paused_by}: ${pause.reason}`
  }
  const zoho = createZoho({
    db,
    config: config.zoho,
    log,
    clock,
    processId,
    held,
    recoveries: watchOf('token'),
    ...(core.zohoTiming && { timing: core.zohoTiming }),
  })
  zoho.onCall(meter.call)
  const fieldContext = createFieldContext(db, config.fields, clock, () => zoho.organization())
  const images = createImages({ db, zoho, config: config.images, log, clock, onBytes: meter.imageBytes })
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
    held: async (lane) => (await pauses.ofLane(lane)) !== undefined,
    rescues: watchOf('expired-leases'),
    observer: meter,
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
    takeovers: watchOf('stuck-runs'),
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
  const verifications = createVerifications({
    db,
    pool,
    verify,
    entities,
    zoho,
    enqueue,
    wake,
    processId,
    clock,
    log,
  })
  const damagedImages = async (signal: AbortSignal) => (await images.verify(signal)).damaged
  const findings = createFindings({ db, entities, damagedImages, clock })
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
    onReceived: meter.webhook,
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
    runTask: createTasks({ sync, planner, verifications, findings }),
    held: async () => heldBy(await pauses.list()),
    resumeAbandoned: async () => runner.nudge(),
  })
  const runner: Runner = createRunner({
    clock,
    log,
    waiting: sync.waiting,
    run: sync.goOn,
    isLeader: () => scheduler.isLeader,
  })
  const syncs = createSyncControl({
    db,
    entities,
    zoho,
    planner,
    pauses,
    runner,
    clock,
    waiting: sync.waiting,
    wantedImages: (after, limit) => images.wanted(db, undefined, { after, limit }),
  })
  const schedules = createSchedules({
    db,
    clock,
    lines: tasksOf(entities),
    timeZone: () => timeZoneOf(db),
    stretches: planner.stretches,
    startRun: ({ entityType, mode }, change) => {
      // Only tasks of an entity come here, and theirs are modes of runs.
      const request = { mode: mode as Mode, entities: entityType === null ? [] : [entityType], trigger: 'schedule' }
      return syncs.start(request, change)
    },
    onChange: () => scheduler.nudge(),
  })
  const runWatch = createRunWatch({ db, clock, log })
  const queue = createQueueDesk({ db, pauses })
  return {
    meter,
    zoho,
    inbox,
    images,
    sync,
    planner,
    verify,
    verifications,
    findings,
    workers,
    scheduler,
    wake,
    schedules,
    pauses,
    syncs,
    queue,
    runner,
    runWatch,
  }
}

/** Tasks of an entity are held like its runs; the others with all work that calls Zoho, or with their mode. */
const heldBy =
  (pauses: readonly Pause[]) =>
  ({ entityType, mode }: Task): boolean =>
    pauses.some(
      ({ kind, ...pause }) =>
        kind === 'zoho' ||
        (kind === 'runs' &&
          (pause.mode === null || pause.mode === mode) &&
          (pause.entity_type === null || pause.entity_type === entityType)),
    )

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
