import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { guard, limitByKey, storableInput } from '../src/plugins/index.ts'
import { type AlertsContext, alertRoutes } from './alerts.ts'
import { type AuditContext, auditRoutes } from './audit.ts'
import { type BackfillContext, backfillRoutes } from './backfill.ts'
import { cursorRoutes } from './cursors.ts'
import { type DeadLetterContext, deadLetterRoutes } from './dlq.ts'
import { deadLetterActionRoutes } from './dlq-actions.ts'
import { docsRoutes } from './docs.ts'
import { type EventsContext, eventRoutes } from './events.ts'
import { findingSettingRoutes } from './finding-settings.ts'
import { type FindingsContext, findingRoutes } from './findings.ts'
import { type HealingContext, healingRoutes } from './healing.ts'
import { type HealthContext, healthRoutes } from './health.ts'
import { type ImagesRouteOptions, imagesRoutes } from './images.ts'
import { type ImagesAdminContext, imageAdminRoutes } from './images-admin.ts'
import { type KeysContext, keyRoutes } from './keys.ts'
import { type MetricsContext, metricsRoutes } from './metrics.ts'
import { type QueueContext, queueRoutes } from './queue.ts'
import { rowHistoryRoutes } from './row-history.ts'
import { type SchedulesContext, scheduleRoutes } from './schedules.ts'
import { type SettingsContext, settingRoutes } from './settings.ts'
import { type StatisticsContext, statisticsRoutes } from './statistics.ts'
import { syncControlRoutes } from './sync-control.ts'
import { type SyncEventsContext, syncEventRoutes } from './sync-events.ts'
import { syncRoutes } from './syncs.ts'
import { type ThresholdsContext, thresholdRoutes } from './thresholds.ts'
import { type VerifyContext, verifyRoutes } from './verify.ts'
import { verifyRepairRoutes } from './verify-repairs.ts'
import { type WebhookContext, webhookRoutes } from './webhooks.ts'

export type RoutesContext = AlertsContext &
  BackfillContext &
  ImagesAdminContext &
  QueueContext &
  SchedulesContext &
  SyncEventsContext &
  AuditContext &
  DeadLetterContext &
  EventsContext &
  FindingsContext &
  HealingContext &
  HealthContext &
  ImagesRouteOptions['ctx'] &
  KeysContext &
  MetricsContext &
  StatisticsContext &
  SettingsContext &
  ThresholdsContext &
  VerifyContext &
  WebhookContext

export interface RoutesOptions {
  readonly ctx: RoutesContext
  /** Requests a key may make a minute in the admin scope. */
  readonly adminPerMinute: number
}

/** All routes, in three scopes: who may come in is decided once for each scope, not route by route. */
export const routes: FastifyPluginAsyncZod<RoutesOptions> = async (app, { ctx, adminPerMinute }) => {
  await app.register(publicScope, { ctx })
  await app.register(webhookScope, { ctx })
  await app.register(adminScope, { ctx, adminPerMinute })
}

/** For everybody. */
const publicScope: FastifyPluginAsyncZod<{ ctx: RoutesContext }> = async (app, { ctx }) => {
  await app.register(storableInput)
  await app.register(healthRoutes, { ctx })
  await app.register(imagesRoutes, { ctx })
  await app.register(docsRoutes)
}

/** For Zoho, by its signature or the webhook key. */
const webhookScope: FastifyPluginAsyncZod<{ ctx: RoutesContext }> = async (app, { ctx }) => {
  await app.register(webhookRoutes, { ctx })
}

/** For keys; each route names the scope it needs. */
const adminScope: FastifyPluginAsyncZod<RoutesOptions> = async (app, { ctx, adminPerMinute }) => {
  await app.register(guard)
  await limitByKey(app, { perMinute: adminPerMinute })
  await app.register(storableInput)
  await app.register(statisticsRoutes, { ctx })
  await app.register(metricsRoutes, { ctx })
  await app.register(deadLetterRoutes, { ctx })
  await app.register(deadLetterActionRoutes, { ctx })
  await app.register(eventRoutes, { ctx })
  await app.register(keyRoutes, { ctx })
  await app.register(auditRoutes, { ctx })
  await app.register(rowHistoryRoutes, { ctx })
  await app.register(alertRoutes, { ctx })
  await app.register(thresholdRoutes, { ctx })
  await app.register(settingRoutes, { ctx })
  await app.register(syncControlRoutes, { ctx })
  await app.register(syncEventRoutes, { ctx })
  await app.register(syncRoutes, { ctx })
  await app.register(scheduleRoutes, { ctx })
  await app.register(cursorRoutes, { ctx })
  await app.register(backfillRoutes, { ctx })
  await app.register(queueRoutes, { ctx })
  await app.register(imageAdminRoutes, { ctx })
  await app.register(healingRoutes, { ctx })
  await app.register(verifyRoutes, { ctx })
  await app.register(verifyRepairRoutes, { ctx })
  await app.register(findingRoutes, { ctx })
  await app.register(findingSettingRoutes, { ctx })
}
