import { errorCode, errorMessage, inputError } from '../errors.ts'
import { toEntityStatistics } from './entity-statistics.ts'
import { toDetails, toHealth } from './health.ts'
import { createHere } from './here.ts'
import { createHistory, type HistoryOptions } from './history.ts'
import { type Readiness, readReadiness } from './readiness.ts'
import type { Reason, Status } from './reason.ts'
import type { DetailedHealth, Health } from './shapes.ts'
import { createSnapshots } from './snapshot.ts'
import { toStatistics } from './statistics.ts'
import type { EntityStatistics, History, Statistics } from './statistics-shapes.ts'
import { createStocktakes, type Stocktake } from './stocktake.ts'
import { defaultThresholds, type Thresholds } from './thresholds.ts'
import { createTick } from './tick.ts'
import type { Here, MonitorDeps, Snapshot } from './types.ts'
import { judge, type Verdict } from './verdict.ts'
import { createWarmth } from './warmth.ts'

export interface Monitor {
  start(): void
  stop(): Promise<void>
  /** Why this process should be started again, in words; asks nothing and nobody. */
  stalled(): readonly string[]
  /** Never throws: without the database it says so. */
  health(): Promise<Health>
  /** Health with reasons, summary and checks. @param version of this service */
  detailedHealth(version: string): Promise<DetailedHealth>
  /** The facts of now and what they amount to; never throws: without the database there are no facts. Keeps nothing warm. */
  observe(): Promise<Observed>
  ready(): Promise<Readiness>
  /** @throws what the database threw */
  statistics(): Promise<Statistics>
  /** @throws TdsError `ENTITY_UNKNOWN` with status 404 */
  entityStatistics(entityType: string): Promise<EntityStatistics>
  /** @param entity of which the counters are wanted, its webhooks and calls included; also a webhook module's name */
  history(options: Pick<HistoryOptions, 'from' | 'to'> & { readonly entity?: string | undefined }): Promise<History>
  /** What health and statistics are made of, for other forms of them; never throws. */
  facts(): Promise<Facts>
}

export interface Facts {
  readonly status: Status
  readonly snapshot: Snapshot | undefined
  readonly stocktake: Stocktake | undefined
  readonly here: Here
}

export interface Observed {
  readonly status: Status
  readonly reasons: readonly Reason[]
  readonly sight: Snapshot | undefined
}

/** No loop of ours rests longer than a second between ticks; a pass is cut off by the database's time-outs after one minute. */
const stall = { tickSeconds: 30, passSeconds: 300 } as const

export function createMonitor(deps: MonitorDeps): Monitor {
  const { entities, clock, log } = deps
  const tick = createTick(clock)
  const warmth = createWarmth(clock)
  const looked = { snapshots: createSnapshots(deps), heres: createHere(deps) }
  const polled = {
    snapshots: warmth.keep(looked.snapshots, { everyMs: 3000, maxStaleMs: 5000 }),
    heres: warmth.keep(looked.heres, { everyMs: 3000, maxStaleMs: 5000 }),
  }
  const { snapshots, heres } = polled
  const stocktakes = warmth.keep(
    createStocktakes(deps, () => thresholds.processing_seconds.warning),
    { everyMs: 10_000, maxStaleMs: 15_000 },
  )
  const history = createHistory(deps)
  const names = () => entities.list().map(({ name }) => name)
  let away = false
  let thresholds: Thresholds = defaultThresholds

  return {
    start() {
      tick.start()
      warmth.start()
    },
    async stop() {
      await Promise.all([tick.stop(), warmth.stop()])
    },
    stalled() {
      const passSeconds = deps.passSeconds?.() ?? 0
      return [
        ...(tick.seconds() > stall.tickSeconds ? [`the process stood still for ${Math.floor(tick.seconds())} s`] : []),
        ...(passSeconds > stall.passSeconds ? [`a worker loop hangs for ${Math.floor(passSeconds)} s`] : []),
      ]
    },
    async health() {
      const { snapshot, verdict } = await look()
      return toHealth(snapshot, verdict, names())
    },
    async detailedHealth(version) {
      const { snapshot, here, verdict } = await look()
      const time = new Date(clock.now()).toISOString()
      return { ...toHealth(snapshot, verdict, names()), ...toDetails(snapshot, verdict, here, { time, version }) }
    },
    async observe() {
      const { snapshot, verdict } = await look(looked)
      return { ...verdict, sight: snapshot }
    },
    ready: () => readReadiness(deps),
    async statistics() {
      const [snapshot, stocktake, here] = await Promise.all([snapshots.get(), stocktakes.get(), heres.get()])
      const { status } = judge(snapshot, { ...here, thresholds: snapshot.thresholds })
      return toStatistics(snapshot, stocktake, status, entities.list())
    },
    async entityStatistics(entityType) {
      const entity = entities.list().find(({ name }) => name === entityType)
      if (!entity) throw inputError('ENTITY_UNKNOWN', `There is no entity ${entityType}`, 404)
      const [snapshot, stocktake] = await Promise.all([snapshots.get(), stocktakes.get()])
      return toEntityStatistics(snapshot, stocktake, entity)
    },
    history({ entity, ...range }) {
      const known = entities.list().find(({ name }) => name === entity)
      const labels = known ? [known.name, ...known.webhook.modules] : entity === undefined ? undefined : [entity]
      return history.read({ ...range, labels })
    },
    async facts() {
      const [{ snapshot, here, verdict }, stocktake] = await Promise.all([look(), stocktakes.get().catch(noteAway)])
      return { status: verdict.status, snapshot, stocktake, here }
    },
  }

  async function look(from = polled): Promise<{ snapshot: Snapshot | undefined; here: Here; verdict: Verdict }> {
    const [snapshot, found] = await Promise.all([from.snapshots.get().catch(noteAway), from.heres.get()])
    thresholds = snapshot?.thresholds ?? thresholds
    const here = { ...found, thresholds }
    if (snapshot && away) log.info('health reads the database again')
    if (snapshot) away = false
    return { snapshot, here, verdict: judge(snapshot, here) }
  }

  /** Whatever kept the snapshot from being read, nobody can vouch for the mirror; logged once until it is over. */
  function noteAway(error: unknown): undefined {
    if (!away) log.error({ code: errorCode(error) }, `health cannot read the database: ${errorMessage(error)}`)
    away = true
  }
}
