import type { Test } from 'tap'
import { type AlertsDeps, createAlerts } from '../../src/alerts/index.ts'
import { type AppContext, type AppOptions, buildApp } from '../../src/app.ts'
import { createAudit } from '../../src/audit/index.ts'
import { loadConfig } from '../../src/config.ts'
import { createDeadLetters, type DeadLettersDeps, readAgain } from '../../src/dead-letters/index.ts'
import { loadEntities } from '../../src/entities/index.ts'
import { createHealing, type HealingDeps } from '../../src/healing/index.ts'
import { createKeys, createLockout, type Keys, type Scope, scopes } from '../../src/keys/index.ts'
import {
  createMeter,
  createMetrics,
  createMonitor,
  createThresholdSettings,
  type Metrics,
  type Monitor,
  thresholdGroup,
} from '../../src/monitor/index.ts'
import { systemClock } from '../../src/runtime/index.ts'
import { keptGroup } from '../../src/scheduler/index.ts'
import { createSettings } from '../../src/settings/index.ts'
import { createFindings, type Findings, type FindingsDeps, type Verifications } from '../../src/sync/index.ts'
import { type TestDatabase, testDatabase } from '../helpers/database.ts'
import { calmZoho, depsOf, silent, testClock } from '../monitor/fixture.ts'

export const adminKey = 'tds_test_key_of_the_shell'
export const bearer = (key: string = adminKey) => ({ authorization: `Bearer ${key}` })

/** Beside the bootstrap key, `tds_only_<scope>` has one scope and nothing else. */
export function scopedKeys(keys: Pick<Keys, 'verify'> = bootstrapOnly): Pick<Keys, 'verify'> {
  return {
    async verify(token) {
      const only = scopes.find((scope) => token === keyWith(scope))
      return only ? { id: only, scopes: [only] } : keys.verify(token)
    },
  }
}

const bootstrapOnly: Pick<Keys, 'verify'> = {
  verify: async (token) => (token === adminKey ? { id: 'bootstrap', scopes } : null),
}

/** The real ones, and the scoped ones beside them. */
export function keysOf(db: TestDatabase['db'], bootstrapKey: string | undefined, clock = testClock()): Keys {
  const keys = createKeys({ db, bootstrapKey, clock, log: silent })
  return { ...keys, ...scopedKeys(keys) }
}
export const keyWith = (scope: Scope) => `tds_only_${scope}`

/** The services of routes that other tests look at; here they only have to be there. */
export const bystanders: Pick<
  AppContext,
  'inbox' | 'images' | 'planner' | 'queue' | 'schedules' | 'syncs' | 'runWatch'
> = {
  ...withoutService(),
  inbox: {
    authenticate: () => ({ refused: 'missing' }),
    receive: () => Promise.reject(new Error('nothing is received here')),
    events: {
      list: async () => ({ items: [], total: 0, next: null }),
      find: async () => undefined,
      replay: async () => ({ count: 0, records: 0, parked: 0 }),
      previewReplay: async () => ({ count: 0, records: 0, parked: 0, items: [], parked_events: [], changes: [] }),
    },
  },
  images: {
    find: async () => undefined,
    open: async () => undefined,
    list: async () => ({ items: [], total: 0, next: null }),
    placeholder: async () => ({ bytes: Buffer.from('x'), sha256: 'ab', contentType: 'image/png' }),
  },
}

/** Runs, timetable and queue need the whole service: their tests start it. */
function withoutService(): Pick<AppContext, 'planner' | 'queue' | 'schedules' | 'syncs' | 'runWatch'> {
  const nowhere = new Proxy(
    {},
    {
      get: () => () => Promise.reject(new Error('nothing is synchronised here')),
    },
  )
  // One object stands for all of them: whoever asks it anything is told that it is not there.
  const services = { planner: nowhere, queue: nowhere, schedules: nowhere, syncs: nowhere } as unknown as Pick<
    AppContext,
    'planner' | 'queue' | 'schedules' | 'syncs'
  >
  const watch: AppContext['runWatch']['watch'] = async ({ onClose }) => {
    onClose()
    return () => {}
  }
  return { ...services, runWatch: { watchers: 0, close: async () => {}, watch } }
}

const entities = await loadEntities()

export const deadLetterDeps = ({ db }: Pick<TestDatabase, 'db'>): DeadLettersDeps => ({
  db,
  entities,
  zoho: { state: async () => calmZoho },
  clock: systemClock,
  onWork: () => {},
  onError: (error) => {
    throw error
  },
})

export const findingsOf = ({ db }: Pick<TestDatabase, 'db'>, part: Partial<FindingsDeps> = {}): Findings =>
  createFindings({ db, entities, clock: systemClock, damagedImages: async () => [], ...part })

const nothing = () => Promise.reject(new Error('nothing is compared here'))

/** Comparisons need Zoho: their tests start the whole service. */
const verifications: Verifications = {
  start: nothing,
  run: nothing,
  list: nothing,
  get: nothing,
  latest: nothing,
  reports: nothing,
  cancel: nothing,
  repairs: { request: nothing, get: nothing, cancel: nothing, advance: nothing },
  openUp: () => {},
  close: async () => {},
}

/** Healing that never looks by itself: nobody leads. */
export const healingDeps = ({ db }: Pick<TestDatabase, 'db'>): HealingDeps => ({
  db,
  clock: systemClock,
  log: silent,
  entities,
  zoho: { state: async () => calmZoho, retryToken: async () => {} },
  isLeader: () => false,
  readAgain: (tx, letters) => readAgain(tx, entities, letters, { batchId: null, isBulk: true }),
  repairGaps: async () => {},
  images: {
    entityType: 'product_images',
    verifySome: async () => ({ checked: 0, damaged: [], next: null }),
    pausedUntil: async () => null,
  },
  wake: () => {},
})

export const alertsDeps = ({ db }: Pick<TestDatabase, 'db'>, part: Partial<AlertsDeps> = {}): AlertsDeps => ({
  db,
  clock: systemClock,
  log: silent,
  entities,
  settings: loadConfig({}).alerts,
  publicUrl: undefined,
  observe: createMonitor(depsOf({ db })).observe,
  isLeader: () => true,
  ...part,
})

/** Of a process that has done nothing yet. */
export const metricsOf = (monitor: Pick<Monitor, 'facts'>): Metrics =>
  createMetrics({
    monitor,
    meter: createMeter({ version: '1.2.3', entityOf: (module) => entities.byModule(module)?.name }),
  })

export function contextOf(database: Pick<TestDatabase, 'db'>, part: Partial<AppContext> = {}): AppContext {
  const deadLetters = createDeadLetters(deadLetterDeps(database))
  return {
    ...bystanders,
    config: loadConfig({ TDS_ADMIN_KEY: adminKey }),
    log: silent,
    version: '1.2.3',
    keys: keysOf(database.db, adminKey),
    lockout: createLockout({ clock: systemClock, tries: 20, seconds: 60, onLocked: () => {} }),
    audit: createAudit(database),
    alerts: createAlerts(alertsDeps(database)),
    thresholds: createThresholdSettings(database),
    settings: createSettings({ ...database, groups: [keptGroup, thresholdGroup] }),
    monitor: createMonitor(depsOf(database)),
    metrics: metricsOf(createMonitor(depsOf(database))),
    findings: findingsOf(database),
    verifications,
    deadLetters,
    healing: createHealing(healingDeps(database)),
    ...part,
  }
}

/** The whole app over a database of its own. */
export async function testApp(t: Test, part: Partial<AppContext> = {}, options: AppOptions = {}) {
  const database = await testDatabase(t)
  const clock = testClock()
  const monitor = createMonitor(depsOf(database, { clock }))
  const app = await buildApp(contextOf(database, { monitor, metrics: metricsOf(monitor), ...part }), options)
  t.teardown(() => app.close())
  return { ...database, app, clock }
}
