import type { Test } from 'tap'
import { sql } from '../../db/index.ts'
import { type AlertsDeps, createAlerts, type Observation, type Sight } from '../../src/alerts/index.ts'
import { loadConfig } from '../../src/config.ts'
import { testDatabase } from '../helpers/database.ts'
import { silent, testClock } from '../monitor/fixture.ts'
import { sight } from './sights.ts'

export const entities = [{ name: 'products', webhook: { modules: ['products', 'items'] } }]

/** Alerts over a database of their own that see what the test says. */
export async function testAlerts(t: Test, settings: Partial<AlertsDeps['settings']> = {}) {
  const database = await testDatabase(t)
  const { db } = database
  const clock = testClock()
  const seen: { -readonly [K in 'status' | 'reasons']: Observation[K] } & { sight: Partial<Sight> | undefined } = {
    status: 'healthy',
    reasons: [],
    sight: {},
  }
  const deps: AlertsDeps = {
    db,
    clock,
    log: silent,
    entities: { list: () => entities },
    settings: { ...loadConfig({}).alerts, ...settings },
    publicUrl: 'https://tds.example',
    isLeader: () => true,
    observe: async () => ({
      status: seen.status,
      reasons: seen.reasons,
      sight: seen.sight && sight({ at: clock.now(), runs: new Map(), plannedEvery: new Map(), ...seen.sight }),
    }),
  }
  return {
    ...database,
    clock,
    seen,
    deps,
    alerts: createAlerts(deps),
    /** Another process, or this one started again. */
    another: () => createAlerts(deps),
    rows: () => db.selectFrom('tds_alerts').selectAll().orderBy('id').execute(),
    deliveries: () => db.selectFrom('tds_alert_deliveries').selectAll().orderBy('id').execute(),
    /** As if the rest between two tries were over. */
    retryNow: () =>
      sql`update tds_alert_deliveries set next_attempt_at = now() - interval '1 second' where status = 'pending'`.execute(
        db,
      ),
  }
}

export const depth = (part: Partial<Sight['depth']>): Partial<Sight> => ({ depth: { ...sight().depth, ...part } })
export const calm: Partial<Sight> = {}
