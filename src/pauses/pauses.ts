import { type Db, sql } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import type { Clock } from '../runtime/index.ts'
import { type Change, keyOf, type Lane, type Pause, type Target } from './types.ts'

export interface PausesDeps {
  readonly db: Db
  readonly clock: Clock
  /** A pause has ended: what it held may go on, here and elsewhere. */
  readonly onResume: () => void
}

export interface Pauses {
  /** Those in force, oldest first. */
  list(): Promise<readonly Pause[]>
  /** Pausing what is paused changes nothing, and keeps who did it first. */
  pause(target: Target, change: Change): Promise<Pause>
  /** @returns how many pauses ended: 0 where nothing was paused */
  resume(target: Target, change: Change): Promise<number>
  /** The pause of all Zoho work as of a second ago at most. */
  ofZoho(): Promise<Pause | undefined>
  /** The pause that keeps a lane from claiming, as of a second ago at most. */
  ofLane(lane: Lane): Promise<Pause | undefined>
}

const knownMs = 1_000

export function createPauses({ db, clock, onResume }: PausesDeps): Pauses {
  let known: { readonly pauses: Promise<readonly Pause[]>; readonly at: number } | undefined
  return {
    list: () => read(db),
    async pause(target, change) {
      const pause = await db.transaction().execute((tx) => write(tx, target, change))
      known = undefined
      return pause
    },
    async resume(target, change) {
      const ended = await db.transaction().execute((tx) => remove(tx, target, change))
      known = undefined
      if (ended > 0) onResume()
      return ended
    },
    ofZoho: async () => (await recent()).find(({ kind }) => kind === 'zoho'),
    async ofLane(lane) {
      const holds = (pause: Pause) =>
        (pause.kind === 'lane' && (pause.lane === null || pause.lane === lane)) ||
        // What a list page brought is here already; its rows are written without a call.
        (pause.kind === 'zoho' && lane !== 'write')
      return (await recent()).find(holds)
    },
  }

  function recent(): Promise<readonly Pause[]> {
    if (known && clock.now() - known.at < knownMs) return known.pauses
    const pauses = read(db)
    const now = { pauses, at: clock.now() }
    known = now
    pauses.catch(() => {
      if (known === now) known = undefined
    })
    return pauses
  }
}

async function read(db: Db): Promise<readonly Pause[]> {
  const { rows } = await sql<Pause>`
    select p.* from tds_pauses p
    where p.kind <> 'run'
      or exists (select from tds_sync_runs r where r.id = p.run_id and r.status in ('queued', 'running'))
    order by p.paused_at, p.target`.execute(db)
  return rows
}

async function write(tx: Parameters<typeof record>[0], target: Target, change: Change): Promise<Pause> {
  const { actor, reason, requestId } = change
  const [mode, entityType] = target.kind === 'runs' ? [target.mode, target.entityType] : []
  const { rows } = await sql<Pause & { is_new: boolean }>`
    insert into tds_pauses as p (target, kind, mode, entity_type, run_id, lane, paused_by, reason)
    values (${keyOf(target)}, ${target.kind}, ${mode ?? null}, ${entityType ?? null},
      ${target.kind === 'run' ? target.runId : null}::bigint,
      ${(target.kind === 'lane' ? target.lane : null) ?? null}, ${actor}, ${reason})
    on conflict (target) do update set target = excluded.target
    returning p.*, xmax = 0 as is_new`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('An upsert always answers its row')
  const { is_new, ...pause } = row
  if (is_new) {
    const after = { paused: true }
    const entry = { action: `${thing(target)}.pause`, subject: pause.target, before: { paused: false }, after }
    await record(tx, { ...entry, actor, reason, requestId, affected: 1 })
  }
  return pause
}

async function remove(tx: Parameters<typeof record>[0], target: Target, change: Change): Promise<number> {
  const { actor, reason, requestId } = change
  const { rows } = await sql<Pause>`delete from tds_pauses where target = ${keyOf(target)} returning *`.execute(tx)
  const [pause] = rows
  if (!pause) return 0
  const { paused_by, paused_at, reason: why } = pause
  const entry = { action: `${thing(target)}.resume`, subject: pause.target, after: { paused: false } }
  const before = { paused: true, paused_by, paused_at, reason: why }
  await record(tx, { ...entry, before, actor, reason, requestId, affected: rows.length })
  return rows.length
}

const thing = ({ kind }: Target): string => (kind === 'lane' ? 'queue' : kind === 'zoho' ? 'zoho' : 'sync')
