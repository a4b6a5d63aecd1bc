import type { Entities } from '../entities/index.ts'
import { createImages, type Images } from '../images/index.ts'
import { createInbox, type Inbox } from '../inbox/index.ts'
import { createWorkers, type Workers } from '../processors/index.ts'
import { announce, enqueue, priorities } from '../queue/index.ts'
import { createScheduler, type Scheduler } from '../scheduler/index.ts'
import {
  createFieldContext,
  createPlanner,
  createSync,
  createTasks,
  createVerify,
  type Planner,
  type Sync,
  tasksOf,
  timeZoneOf,
  type Verify,
} from '../sync/index.ts'
import { createZoho, type Zoho } from '../zoho/index.ts'
import type { Core } from './core.ts'

/** The rooms through which data flows from Zoho into the tables. */
export interface Mirror {
  readonly zoho: Zoho
  readonly inbox: Inbox
  readonly images: Images
  readonly sync: Sync
  readonly planner: Planner
  readonly verify: Verify
  readonly workers: Workers
  readonly scheduler: Scheduler
  /** Tells the workers of this and every other process that there is something to do. */
  wake(): void
}

export function createMirror(core: Core): Mirror {
  const { config, log, clock, processId, version, database, entities } = core
  const { db, pool } = database
  const zoho = createZoho({ db, config: config.zoho, log, clock, processId })
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
  return { zoho, inbox, images, sync, planner, verify, workers, scheduler, wake }
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
