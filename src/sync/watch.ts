import { type Db, sql } from '../../db/index.ts'
import { inputError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type Clock, createLoop, type Loop } from '../runtime/index.ts'
import { isOver, type RunView, viewOf } from './run-view.ts'
import type { Run } from './types.ts'

/** A run as it stood at one moment. Ids rise, whichever process gave them. */
export interface RunEvent {
  readonly id: number
  readonly run: RunView
  /** Nothing more will come of this run. */
  readonly isLast: boolean
}

export interface Watching {
  /** Of one run, or of all. */
  readonly runId?: number | undefined
  /** The last event that arrived; what came after it is told first. */
  readonly after?: number | undefined
  readonly onEvent: (event: RunEvent) => void
  /** Nothing changed for a while: the connection lives. */
  readonly onBeat: () => void
  /** The service stops. */
  readonly onClose: () => void
}

export interface RunWatch {
  /** @returns ends it; @throws TdsError `WATCHERS_FULL` */
  watch(watching: Watching): Promise<() => void>
  readonly watchers: number
  /** Tells every listener that it is over. */
  close(): Promise<void>
}

export interface WatchDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  /** @default 100 */
  readonly most?: number
  /** @default 1000 */
  readonly everyMs?: number
}

/** As many as the page of an operator misses in a minute without a connection. */
const remembered = 1_000
const beatMs = 15_000
/** A change shows when it is committed, which may be so much later than it was made. */
const lateMs = 10_000

type Row = Run & { readonly changed_us: number }

/** One look at the runs for all who listen, and none while nobody does. */
export function createRunWatch({ db, clock, log, most = 100, everyMs = 1_000 }: WatchDeps): RunWatch {
  const listeners = new Set<Watching>()
  const told = new Map<number, number>()
  let events: RunEvent[] = []
  let lastId = 0
  let since: Date | undefined
  let beatAt = clock.now()
  let loop: Loop | undefined
  let looking: Promise<void> | undefined
  let closed = false

  return {
    get watchers() {
      return listeners.size
    },
    async watch(watching) {
      if (closed || listeners.size >= most) {
        throw inputError('WATCHERS_FULL', `${most} streams are open already`, 503, { retryAfterSeconds: 30 })
      }
      await look()
      const missed = await missedBy(watching)
      const last = Math.max(watching.after ?? 0, ...missed.map(({ id }) => id))
      // From here on nothing is waited for, so no event falls between what was missed and what comes.
      const meanwhile = events.filter((event) => event.id > last && missed.length > 0 && concerns(watching, event))
      listeners.add(watching)
      begin()
      for (const event of [...missed, ...meanwhile]) watching.onEvent(event)
      return () => leave(watching)
    },
    async close() {
      closed = true
      for (const { onClose } of [...listeners]) onClose()
      listeners.clear()
      await loop?.stop()
      await looking?.catch(() => {})
    },
  }

  function begin(): void {
    if (loop || closed) return
    const onError = (error: unknown) => log.warn({ err: error }, 'runs could not be watched; it is tried again')
    loop = createLoop({ name: 'run watch', clock, onError, pass })
    loop.start()
  }

  function leave(watching: Watching): void {
    listeners.delete(watching)
    if (listeners.size > 0) return
    void loop?.stop()
    loop = undefined
    // What happens while nobody looks would be a gap; whoever comes back is told how things stand.
    events = []
    told.clear()
    since = undefined
  }

  async function pass(): Promise<number> {
    await look()
    if (clock.now() - beatAt >= beatMs) {
      beatAt = clock.now()
      for (const { onBeat } of [...listeners]) onBeat()
    }
    return everyMs
  }

  /** Whoever asks while somebody looks already gets that look. */
  function look(): Promise<void> {
    looking ??= readChanges().finally(() => {
      looking = undefined
    })
    return looking
  }

  async function readChanges(): Promise<void> {
    const from = since ? new Date(since.getTime() - lateMs) : new Date(clock.now() - lateMs)
    const { rows } = await sql<Row & { now: Date }>`
      select *, floor(extract(epoch from changed_at) * 1000000)::bigint as changed_us, clock_timestamp() as now
      from tds_sync_runs
      where changed_at > ${from} or status in ('queued', 'running', 'read')
      order by changed_at, id limit ${remembered}`.execute(db)
    for (const { now, ...row } of rows) {
      since = now
      if (told.get(row.id) === row.changed_us) continue
      told.set(row.id, row.changed_us)
      publish(eventOf(row, now))
    }
    forget(from)
  }

  function eventOf({ changed_us, ...run }: Row, now: Date): RunEvent {
    lastId = Math.max(lastId + 1, changed_us)
    return { id: lastId, run: viewOf(run, now), isLast: isOver(run) }
  }

  function publish(event: RunEvent): void {
    events.push(event)
    for (const listener of [...listeners]) if (concerns(listener, event)) listener.onEvent(event)
  }

  function forget(from: Date): void {
    events = events.slice(-remembered)
    for (const [id, changedUs] of told) if (changedUs / 1000 < from.getTime() - lateMs) told.delete(id)
  }

  /** Where our memory reaches back far enough, each event after the last one; else how things stand now. */
  async function missedBy({ runId, after }: Watching): Promise<readonly RunEvent[]> {
    const [oldest] = events
    if (after !== undefined && oldest && oldest.id <= after)
      return events.filter((event) => event.id > after && concerns({ runId }, event))
    const { rows } = await sql<Row & { now: Date }>`
      select *, floor(extract(epoch from changed_at) * 1000000)::bigint as changed_us, clock_timestamp() as now
      from tds_sync_runs
      where ${runId === undefined ? sql`(status in ('queued', 'running', 'read') or changed_at > to_timestamp(${after ?? null}::float8 / 1000000))` : sql`id = ${runId}`}
        and changed_at > to_timestamp(${after ?? 0}::float8 / 1000000)
      order by changed_at, id limit ${remembered}`.execute(db)
    return rows.map(({ now, changed_us, ...run }) => ({ id: changed_us, run: viewOf(run, now), isLast: isOver(run) }))
  }
}

const concerns = ({ runId }: Pick<Watching, 'runId'>, { run }: RunEvent): boolean =>
  runId === undefined || run.id === runId
