import { errorCode, errorMessage, inputError } from '../errors.ts'
import { toDetails, toHealth } from './health.ts'
import { type HistoryOptions, readHistory } from './history.ts'
import { type Readiness, readReadiness } from './readiness.ts'
import type { Status } from './reason.ts'
import type { DetailedHealth, EntityStatistics, Health, History, Statistics } from './shapes.ts'
import { createSnapshots } from './snapshot.ts'
import { toEntityStatistics, toStatistics } from './statistics.ts'
import { createStocktakes } from './stocktake.ts'
import type { MonitorDeps, Snapshot } from './types.ts'
import { judge, type Verdict } from './verdict.ts'

export interface Monitor {
  /** Never throws: without the database it says so. */
  health(): Promise<Health>
  /** Health with reasons, summary and checks. @param version of this service */
  detailedHealth(version: string): Promise<DetailedHealth>
  /** The facts and the status they amount to; never throws: without the database there are no facts. */
  observe(): Promise<{ readonly status: Status; readonly sight: Snapshot | undefined }>
  ready(): Promise<Readiness>
  /** @throws what the database threw */
  statistics(): Promise<Statistics>
  /** @throws TdsError `ENTITY_UNKNOWN` with status 404 */
  entityStatistics(entityType: string): Promise<EntityStatistics>
  history(options: HistoryOptions): Promise<History>
}

export function createMonitor(deps: MonitorDeps): Monitor {
  const { db, entities, clock, log } = deps
  const snapshots = createSnapshots(deps)
  const stocktakes = createStocktakes(deps)
  const names = () => entities.list().map(({ name }) => name)
  let away = false

  return {
    async health() {
      const { snapshot, verdict } = await look()
      return toHealth(snapshot, verdict, names())
    },
    async detailedHealth(version) {
      const { snapshot, verdict } = await look()
      const time = new Date(clock.now()).toISOString()
      return { ...toHealth(snapshot, verdict, names()), ...toDetails(snapshot, verdict, { time, version }) }
    },
    async observe() {
      const { snapshot, verdict } = await look()
      return { status: verdict.status, sight: snapshot }
    },
    ready: () => readReadiness(deps),
    async statistics() {
      const [snapshot, stocktake] = await Promise.all([snapshots.get(), stocktakes.get()])
      return toStatistics(snapshot, stocktake, judge(snapshot).status, entities.list())
    },
    async entityStatistics(entityType) {
      const entity = entities.list().find(({ name }) => name === entityType)
      if (!entity) throw inputError('ENTITY_UNKNOWN', `There is no entity ${entityType}`, 404)
      const [snapshot, stocktake] = await Promise.all([snapshots.get(), stocktakes.get()])
      return toEntityStatistics(snapshot, stocktake, entity)
    },
    history: (options) => readHistory(db, options),
  }

  async function look(): Promise<{ snapshot: Snapshot | undefined; verdict: Verdict }> {
    const snapshot = await snapshots.get().catch(noteAway)
    if (snapshot && away) log.info('health reads the database again')
    if (snapshot) away = false
    return { snapshot, verdict: judge(snapshot) }
  }

  /** Whatever kept the snapshot from being read, nobody can vouch for the mirror; logged once until it is over. */
  function noteAway(error: unknown): undefined {
    if (!away) log.error({ code: errorCode(error) }, `health cannot read the database: ${errorMessage(error)}`)
    away = true
  }
}
