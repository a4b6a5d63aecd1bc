import { type Alerts, createAlerts } from '../alerts/index.ts'
import { type Audit, createAudit } from '../audit/index.ts'
import { createDeadLetters, type DeadLetters } from '../dead-letters/index.ts'
import { errorCode, errorMessage } from '../errors.ts'
import type { Healing } from '../healing/index.ts'
import { createKeys, createLockout, createLockoutTrail, type Keys, type Lockout } from '../keys/index.ts'
import {
  createGauges,
  createMetrics,
  createMonitor,
  createThresholdSettings,
  type Metrics,
  type Monitor,
  type ThresholdSettings,
  thresholdGroup,
} from '../monitor/index.ts'
import type { Loop } from '../runtime/index.ts'
import { keptGroup } from '../scheduler/index.ts'
import { createSettings, type Settings } from '../settings/index.ts'
import type { Core } from './core.ts'
import { healingOf } from './healing.ts'
import type { Mirror } from './mirror.ts'

/** The rooms that watch, tell and repair. They enqueue; they never write a row of the mirror. */
export interface Operations {
  readonly monitor: Monitor
  readonly metrics: Metrics
  /** Keeps how things stand, minute by minute. */
  readonly gauges: Loop
  readonly deadLetters: DeadLetters
  readonly alerts: Alerts
  readonly thresholds: ThresholdSettings
  /** Thresholds, limits of rules, retention and history as one list. */
  readonly settings: Settings
  readonly keys: Keys
  readonly lockout: Lockout
  readonly audit: Audit
  readonly healing: Healing
}

export interface OperationsOptions {
  /** In words, why requests should not come here; null when they may. */
  readonly notReady: () => string | null
}

export function createOperations(core: Core, mirror: Mirror, { notReady }: OperationsOptions): Operations {
  const { config, log, clock, entities } = core
  const { db } = core.database
  const { zoho, scheduler, planner, inbox, workers, meter, wake } = mirror
  const monitor = createMonitor({
    db,
    entities,
    zoho,
    imageDir: config.images.dir,
    spool: { dir: config.spool.dir, state: inbox.state },
    passSeconds: workers.passSeconds,
    pulse: scheduler.pulse,
    clock,
    log,
    plannedEverySeconds: scheduler.plannedEverySeconds,
    plan: planner.recent,
    notReady,
  })
  const deadLetters = createDeadLetters({
    db,
    entities,
    zoho,
    clock,
    onWork: wake,
    onRequeued: meter.requeued,
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
  const isLeader = () => scheduler.isLeader
  const gauges = createGauges({ db, clock, log, observe: monitor.observe, isLeader })
  const keys = createKeys({ db, bootstrapKey: config.admin.key, clock, log })
  const onLocked = createLockoutTrail({ db, clock, log, onLocked: meter.lockedOut })
  const lockout = createLockout({ clock, ...config.lockout, onLocked })
  const thresholds = createThresholdSettings({ db })
  const groups = [keptGroup, thresholdGroup, mirror.findings.settings.group]
  return {
    monitor,
    metrics: createMetrics({ meter, monitor }),
    gauges,
    deadLetters,
    alerts,
    thresholds,
    settings: createSettings({ db, groups }),
    keys,
    lockout,
    audit: createAudit({ db }),
    healing: healingOf(core, mirror),
  }
}
