import { type Db, isPassingError } from '../../db/index.ts'
import { type ClaimedItem, claim, countDue, type Head, type Lane, peek } from '../queue/index.ts'
import { type Clock, createLoop } from '../runtime/index.ts'
import type { Denial, Permit, PermitAnswer } from '../zoho/index.ts'
import { isLongWait, snoozeDue } from './waiting.ts'

export interface LaneOptions {
  readonly db: Db
  readonly clock: Clock
  readonly processId: string
  readonly lane: Lane
  /** Batches in work at once. */
  readonly concurrency: number
  /** Items a batch may hold for the entity at the head. */
  readonly batchSize: (entityType: string) => number
  /** A call's slot, taken before anything is claimed; absent for lanes that make no calls. */
  readonly permit?: (entityType: string, isBulk: boolean) => Promise<PermitAnswer>
  /** Slots a batch of this entity can use, one for each of its records where each costs a call. @default 1 */
  readonly permitsOf?: (entityType: string) => number
  readonly work: (
    items: readonly ClaimedItem[],
    context: { permits: readonly Permit[]; slot: number; signal: AbortSignal },
  ) => Promise<void>
  /** Whether a person holds the lane: then nothing is claimed, and what is in work ends. @default never */
  readonly held?: () => Promise<boolean>
  /** How long an idle lane rests; short while notifications do not arrive. */
  readonly idleMs: () => number
  readonly onError: (error: unknown, loop: string) => void
}

/** A resume nudges; this is for the processes that do not hear of it. */
const heldRestMs = 2_000

type DueHead = Extract<Head, { entityType: string }>

export interface LaneRunner {
  start(): void
  nudge(): void
  /** Claims no more and waits for the batches in work; after `graceMs` their signal is aborted. */
  stop(graceMs: number): Promise<void>
  readonly inHand: ReadonlySet<number>
  /** Items that a batch let go of because the database went away from under it; the attempt was none. */
  readonly excused: ReadonlySet<number>
  /** When the dispatcher's pass in hand began; null while it rests. Batches in work are no part of a pass. */
  readonly passSince: number | null
}

/** One dispatcher a lane: looks at the head, gets the permit, claims, hands out, and rests when nothing is due. */
export function createLane(options: LaneOptions): LaneRunner {
  const inHand = new Set<number>()
  const excused = new Set<number>()
  const batches = new Set<Promise<void>>()
  const freeSlots = Array.from({ length: options.concurrency }, (_, slot) => slot)
  const work = new AbortController()
  const loop = createLoop({ name: `lane ${options.lane}`, clock: options.clock, onError: options.onError, pass })

  return {
    start: () => loop.start(),
    nudge: () => loop.nudge(),
    inHand,
    excused,
    get passSince() {
      return loop.passSince
    },
    async stop(graceMs) {
      await loop.stop()
      const patience = new AbortController()
      const late = options.clock.sleep(graceMs, patience.signal).then(() => {
        if (!patience.signal.aborted) work.abort()
      })
      await Promise.allSettled(batches)
      patience.abort()
      await late
    },
  }

  async function pass(): Promise<number> {
    while (freeSlots.length > 0) {
      if (await options.held?.()) return heldRestMs
      if (!options.permit && (await claimAtOnce())) continue
      const head = await peek(options.db, options.lane)
      if ('dueInMs' in head) return Math.min(head.dueInMs ?? Number.POSITIVE_INFINITY, options.idleMs())
      const restMs = await dispatch(head)
      if (restMs !== undefined) return restMs
    }
    // Every slot is busy: the end of a batch nudges.
    return 60_000
  }

  /** A lane that makes no calls needs no look at the head: its batches may hold any entity. */
  async function claimAtOnce(): Promise<boolean> {
    const claimed = await claim(options.db, {
      lane: options.lane,
      owner: options.processId,
      limit: options.batchSize(''),
    })
    if (claimed.length > 0) start(claimed, [])
    return claimed.length > 0
  }

  /** @returns how long to rest when nothing could be claimed */
  async function dispatch(head: DueHead): Promise<number | undefined> {
    const answer = await options.permit?.(head.entityType, head.isBulk)
    if (answer && !('permit' in answer)) return wait(head.entityType, answer)
    const permits = answer ? [answer.permit, ...(await furtherPermits(head))] : []
    const claimed = await claimWith(head, permits)
    if (claimed.length === 0) return 20
    start(claimed, permits.slice(0, claimed.length))
    return undefined
  }

  /** As many as are free now, up to a batch's worth: a batch is as large as the budget allows. */
  async function furtherPermits(head: DueHead): Promise<Permit[]> {
    const most = options.permitsOf?.(head.entityType) ?? 1
    if (most === 1) return []
    const permits: Permit[] = []
    const wanted = (await countDue(options.db, options.lane, head.entityType, most)) - 1
    while (permits.length < wanted) {
      const answer = await options.permit?.(head.entityType, head.isBulk)
      if (!answer || !('permit' in answer)) break
      permits.push(answer.permit)
    }
    return permits
  }

  /** Slots that no claimed item needs are free again at once. */
  async function claimWith(head: DueHead, permits: readonly Permit[]): Promise<ClaimedItem[]> {
    const isOneEach = (options.permitsOf?.(head.entityType) ?? 1) > 1
    let claimed: ClaimedItem[] = []
    try {
      claimed = await claim(options.db, {
        lane: options.lane,
        owner: options.processId,
        limit: isOneEach ? permits.length : options.batchSize(head.entityType),
        ...(permits.length > 0 && { entityType: head.entityType }),
      })
      return claimed
    } finally {
      const used = claimed.length === 0 ? 0 : isOneEach ? claimed.length : 1
      for (const permit of permits.slice(used)) await permit.cancel()
    }
  }

  function start(claimed: readonly ClaimedItem[], permits: readonly Permit[]): void {
    const slot = freeSlots.pop() ?? 0
    for (const { id } of claimed) {
      inHand.add(id)
      excused.delete(id)
    }
    const batch = options
      .work(claimed, { permits, slot, signal: work.signal })
      .catch((error: unknown) => {
        if (isPassingError(error)) for (const { id } of claimed) excused.add(id)
        options.onError(error, `lane ${options.lane}`)
      })
      .finally(() => {
        for (const item of claimed) inHand.delete(item.id)
        freeSlots.push(slot)
        batches.delete(batch)
        loop.nudge()
      })
    batches.add(batch)
  }

  /** A wait of seconds is only a rest; a longer one is written to the rows, so that they do not count as due. */
  async function wait(entityType: string, denial: Denial): Promise<number> {
    const restMs = Math.max(denial.retryAt.getTime() - options.clock.now(), 10)
    if (!isLongWait(denial)) return restMs
    await snoozeDue(options.db, options.lane, entityType, denial)
    return 0
  }
}
