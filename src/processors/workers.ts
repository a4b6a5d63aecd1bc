import type { Pool } from 'pg'
import type { Db } from '../../db/index.ts'
import type { Watch } from '../audit/index.ts'
import type { Entities, FieldContext } from '../entities/index.ts'
import type { Logger } from '../log.ts'
import { createListener, heartbeat, type Lane, release, rescue, type Settlement } from '../queue/index.ts'
import { type Clock, createLoop } from '../runtime/index.ts'
import type { Zoho } from '../zoho/index.ts'
import { type BatchDeps, readClaimed, writeClaimed } from './batch.ts'
import { createFetch } from './fetch.ts'
import { createLane, type LaneOptions } from './lane.ts'
import { type LoadImage, loadClaimed } from './load-image.ts'
import type { WorkObserver } from './observer.ts'

export interface WorkersDeps {
  readonly db: Db
  readonly pool: Pool
  readonly zoho: Zoho
  readonly entities: Entities
  readonly fieldContext: () => Promise<FieldContext>
  readonly processId: string
  readonly clock: Clock
  readonly log: Logger
  /** Pictures in work at once. */
  readonly imageConcurrency: number
  /** Until when no picture may be asked for, null when they may. */
  readonly imagesPausedUntil: () => Promise<Date | null>
  readonly loadImage: LoadImage
  /** Whether a person holds a lane. @default never */
  readonly held?: (lane: Lane) => Promise<boolean>
  /** Switch, limits and book of freeing what others left behind; without one all of it is freed. */
  readonly rescues?: Watch
  /** Is told of every attempt that ended and of the rows it wrote, once that is committed. */
  readonly observer?: WorkObserver
}

export interface Workers {
  start(): void
  /** Work came: look now. */
  nudge(): void
  /** Seconds the longest pass of a lane's dispatcher has lasted by now; 0 while all rest. No pass waits for Zoho. */
  passSeconds(): number
  /** Called after every batch that ended, with what became of its items. */
  onSettled(listener: (settlements: readonly Settlement[]) => void): void
  stop(graceMs?: number): Promise<void>
}

const leaseMs = 60_000

/** Records that cost a call each, read side by side and written in one transaction. */
const singlesAtOnce = 8

/** The three lanes of this process, its heartbeat and its share of rescuing what others left behind. */
export function createWorkers(deps: WorkersDeps): Workers {
  const { db, clock, log, processId } = deps
  const listeners = new Set<(settlements: readonly Settlement[]) => void>()
  const onError = (error: unknown, loop: string) => log.warn({ err: error, loop }, 'a pass failed; it will be repeated')
  const batchDeps: BatchDeps = { ...deps, fetch: createFetch(deps) }
  const listener = createListener({ pool: deps.pool, processId, clock, onWork: nudge, onError })
  const common = { db, clock, processId, onError, idleMs: () => (listener.connected ? 30_000 : 2_000) }
  const lanes = [writeLane(), readLane(), imageLane()].map((lane) =>
    createLane({ ...lane, held: async () => (await deps.held?.(lane.lane)) ?? false }),
  )
  const beat = createLoop({
    name: 'heartbeat',
    clock,
    onError,
    pass: async () => {
      await heartbeat(db, processId, inHand(), leaseMs)
      return leaseMs / 4
    },
  })
  const reaper = createLoop({
    name: 'rescue',
    clock,
    onError,
    pass: async () => {
      const excused = lanes.flatMap((lane) => [...lane.excused])
      const rescued = await rescue(db, processId, { inHand: inHand(), excused }, deps.rescues)
      if (rescued > 0) {
        log.warn({ rescued }, 'items of a worker that is gone were given back')
        nudge()
      }
      return rescued === 0 ? 10_000 : 0
    },
  })

  return {
    nudge,
    passSeconds() {
      const starts = lanes.flatMap(({ passSince }) => passSince ?? [])
      return starts.length === 0 ? 0 : Math.max(0, (clock.now() - Math.min(...starts)) / 1000)
    },
    onSettled: (each) => listeners.add(each),
    start() {
      listener.start()
      for (const each of [...lanes, beat, reaper]) each.start()
    },
    async stop(graceMs = 20_000) {
      await reaper.stop()
      await Promise.all(lanes.map((lane) => lane.stop(graceMs)))
      await beat.stop()
      await release(db, processId).catch((error: unknown) => onError(error, 'release'))
      await listener.stop()
    },
  }

  function inHand(): number[] {
    return lanes.flatMap((lane) => [...lane.inHand])
  }

  function nudge(): void {
    for (const lane of lanes) lane.nudge()
  }

  /** What ended may have left work for every lane. */
  function settled(settlements: readonly Settlement[]): void {
    if (settlements.length === 0) return
    nudge()
    for (const each of listeners) each(settlements)
  }

  function writeLane(): LaneOptions {
    return {
      ...common,
      lane: 'write',
      concurrency: 2,
      batchSize: () => 200,
      work: async (items, { slot }) => settled(await writeClaimed(batchDeps, items, slot)),
    }
  }

  function readLane(): LaneOptions {
    const planOf = (entityType: string) => deps.entities.get(entityType).read
    return {
      ...common,
      lane: 'read',
      concurrency: 3,
      batchSize: (entityType) => {
        const plan = planOf(entityType)
        return plan?.kind === 'bulk' ? plan.size : 100
      },
      permitsOf: (entityType) => (planOf(entityType)?.kind === 'single' ? singlesAtOnce : 1),
      permit: (entityType, isBulk) => {
        const plan = planOf(entityType)
        return deps.zoho.acquire({
          product: productOf(plan, deps.entities.get(entityType).list),
          purpose: `${entityType}.read`,
          bulk: isBulk,
        })
      },
      work: async (items, { permits, slot, signal }) => {
        const [first] = items
        if (!first) return
        const entity = deps.entities.get(first.entityType)
        settled(await readClaimed(batchDeps, entity, items, { permits, signal, slot: slot + 2 }))
      },
    }
  }

  function imageLane(): LaneOptions {
    return {
      ...common,
      lane: 'image',
      concurrency: deps.imageConcurrency,
      batchSize: () => 1,
      permit: async (_entityType, isBulk) => {
        const retryAt = await deps.imagesPausedUntil()
        if (retryAt && retryAt.getTime() > clock.now()) return { retryAt, reason: 'blocked' }
        return deps.zoho.acquire({ product: 'inventory', purpose: 'product_images.read', bulk: isBulk })
      },
      work: async (items, { permits: [permit], slot, signal }) => {
        for (const item of items)
          if (permit) settled(await loadClaimed(deps, item, { permit, signal, slot: slot % 16 }))
      },
    }
  }
}

function productOf(
  plan: ReturnType<Entities['get']>['read'],
  list: ReturnType<Entities['get']>['list'],
): 'books' | 'inventory' {
  return plan && plan.kind !== 'list' ? plan.product : (list?.product ?? 'inventory')
}
