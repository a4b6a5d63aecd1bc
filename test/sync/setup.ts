import type { Test } from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { date, decimal, text, time } from '../../src/entities/field.ts'
import { createEntities, defineEntity, type Entity } from '../../src/entities/index.ts'
import { createLog } from '../../src/log.ts'
import type { Outcome } from '../../src/queue/index.ts'
import { createLoop, systemClock } from '../../src/runtime/index.ts'
import { createSync, type RunRequest, type Sync, type SyncDeps } from '../../src/sync/index.ts'
import type { Zoho } from '../../src/zoho/index.ts'
import { finish, someone, take } from '../helpers/queue.ts'
import type { Simulator, SimulatorOptions } from '../simulator/index.ts'
import { world } from '../zoho/setup.ts'

export interface Bench {
  readonly db: Db
  readonly simulator: Simulator
  readonly zoho: Zoho
  readonly sync: Sync
  /** Another process on the same database. */
  process(more?: Partial<SyncDeps>): Sync
  /** One run to its end; items end as the bench ends them. */
  run(mode: RunRequest['mode'], more?: Partial<RunRequest>): ReturnType<Sync['run']>
  /** Ids the queue ever held for the entity, oldest request first. */
  asked(): Promise<readonly string[]>
}

/**
 * Sync over a real database and the simulator, with one entity and no processors: what is enqueued ends at once, and no
 * row is written. So a test sees what a run asks for, and nothing of what is made of it.
 */
export async function bench(
  t: Test,
  entity: Entity,
  {
    simulator: options,
    settles = true,
    others = [],
    ...more
  }: Partial<SyncDeps> & {
    simulator?: SimulatorOptions
    settles?: boolean
    others?: readonly Entity[]
  } = {},
): Promise<Bench> {
  const { database, simulator, client } = await world(t, options)
  const { db } = database
  const zoho = client()
  await zoho.organization()
  const process = (changed: Partial<SyncDeps> = {}) =>
    createSync({
      db,
      zoho,
      entities: createEntities([entity, ...others]),
      fieldContext: async () => ({ baseCurrency: 'USD', nameArField: 'cf_name_ar', descriptionArField: 'cf_d' }),
      processId: crypto.randomUUID(),
      clock: systemClock,
      log: createLog({ level: 'silent', pretty: false }),
      wake: () => {},
      paths: {},
      wantedImages: async () => [],
      sweepImages: async () => [],
      allowance: async () => 0,
      ...more,
      ...changed,
    })
  const sync = process()
  if (settles) settle(t, db)
  return {
    db,
    simulator,
    zoho,
    sync,
    process,
    run: (mode, request) =>
      sync.run({ entityType: entity.name, mode, trigger: 'test', ...request }, { signal: AbortSignal.timeout(30_000) }),
    async asked() {
      const { rows } = await sql<{ id: string }>`
        select source_entity_id as id from tds_sync_queue q where entity_type = ${entity.name} order by q.id`.execute(
        db,
      )
      return rows.map(({ id }) => id)
    },
  }
}

/** Ends whatever the queue holds, without doing it. */
function settle(t: Test, db: Db, outcome: Exclude<Outcome, 'failed'> = 'written'): void {
  const owner = someone()
  const loop = createLoop({
    name: 'settle',
    onError: (error) => t.comment(String(error)),
    async pass() {
      let ended = 0
      for (const lane of ['write', 'read'] as const) {
        const items = await take(db, owner, 500, lane)
        if (items.length > 0) ended += (await finish(db, items, outcome)).length
      }
      return ended > 0 ? 0 : 10
    },
  })
  loop.start()
  t.teardown(() => loop.stop())
}

/** A table of its own, filled from a list of the simulator; `detail` is one call a record. */
export const papers = (more: Partial<Entity> = {}): Entity =>
  defineEntity({
    name: 'papers',
    order: 1,
    id: { fields: ['item_id'], column: 'zoho_item_id' },
    lane: 'read',
    webhook: { modules: ['papers'], wrappers: [] },
    list: {
      product: 'inventory',
      path: '/items',
      keys: ['items'],
      paged: true,
      query: { filter_by: 'Status.All' },
      stableSort: 'created_time',
    },
    read: { kind: 'single', product: 'inventory', path: (id) => `/items/${id}`, keys: ['item'] },
    views: {
      list: {
        keepsDocument: true,
        columns: { name: text('name'), rate: decimal('rate'), zoho_last_modified_at: time('last_modified_time') },
      },
      detail: { keepsDocument: true, columns: { date: date('date') } },
    },
    ...more,
  })

export async function createPapers(db: Db): Promise<void> {
  await sql`
    create table papers (
      zoho_item_id text primary key, name text, rate numeric, date date, detail_due boolean not null default true,
      zoho_last_modified_at timestamptz, zoho_read_at timestamptz not null default now(), deleted_at timestamptz,
      hashes jsonb not null default '{}')`.execute(db)
}

/** So many papers, one a day back from the day, ids in the order of their age: the newest has the highest. */
export async function fillPapers(db: Db, count: number, newest = '2025-10-01'): Promise<void> {
  await sql`
    insert into papers (zoho_item_id, date)
    select (1000 + ${count} - n)::text, ${newest}::date - n::int from generate_series(0, ${count}::int - 1) n`.execute(
    db,
  )
}

/** The cursor as a complete run left it. */
export async function known(db: Db, entityType: string, modifiedSince: string): Promise<void> {
  await sql`
    insert into tds_sync_cursors (entity_type, modified_since, last_complete_at)
    values (${entityType}, ${modifiedSince}::timestamptz, clock_timestamp())`.execute(db)
}
