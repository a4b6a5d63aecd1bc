import { type Db, sql } from '../../db/index.ts'
import { type Entities, type Entity, tableOf } from '../entities/index.ts'
import type { Zoho } from '../zoho/index.ts'
import { documentCalls } from './bound.ts'
import { worthReading } from './due.ts'
import type { Planner } from './planner/index.ts'
import type { Mode } from './types.ts'

/** What a sync would read and take, before anybody starts it. */
export interface SyncCost {
  readonly entities: readonly {
    readonly entity: string
    /** Rows the mirror holds of it now. */
    readonly records: number
    /** Documents behind list rows that would be read one by one or in bulk. */
    readonly documents: number
    readonly calls: { readonly books: number; readonly inventory: number }
  }[]
  readonly calls: number
  /** At the calls a minute that are allowed now; queued work of others comes on top. */
  readonly minutes: number
  /** In words, what stands in its way. */
  readonly notes: readonly string[]
}

export interface CostDeps {
  readonly db: Db
  readonly entities: Entities
  readonly zoho: Pick<Zoho, 'state'>
  readonly planner: Pick<Planner, 'costs'>
  /** Items whose picture needs work. */
  readonly wantedImages: (after: string, limit: number) => Promise<readonly string[]>
}

export interface CostQuestion {
  readonly mode: Mode
  readonly names: readonly string[]
  readonly since: Date | undefined
  readonly limit: number | undefined
}

/** Lists by what their runs took or by the lower bound, documents by what is due now; costs no call. */
export async function costOfSync(deps: CostDeps, { mode, names, since, limit }: CostQuestion): Promise<SyncCost> {
  const costs = await deps.planner.costs(mode, names)
  const items: SyncCost['entities'][number][] = []
  for (const { entity: name, calls } of costs) {
    const entity = deps.entities.get(name ?? '')
    const documents = Math.min(await documentsOf(deps, entity, mode, since), limit ?? Number.POSITIVE_INFINITY)
    const product = entity.read && entity.read.kind !== 'list' ? entity.read.product : 'inventory'
    const all = { books: Math.ceil(calls.books), inventory: Math.ceil(calls.inventory) }
    all[product] += documentCalls(entity, documents)
    items.push({ entity: entity.name, records: await countRows(deps.db, entity), documents, calls: all })
  }
  const total = items.reduce((sum, { calls }) => sum + calls.books + calls.inventory, 0)
  const state = await deps.zoho.state()
  const minutes = Math.ceil((total / Math.max(1, state.budget.minuteCeiling)) * 10) / 10
  return { entities: items, calls: total, minutes, notes: notesOf(items, state) }
}

/** Beside those that the planner counts because every record of the entity is read. */
async function documentsOf(deps: CostDeps, entity: Entity, mode: Mode, since: Date | undefined): Promise<number> {
  if (entity.lane === 'image') return (await deps.wantedImages('', 1_000_000)).length
  const { details } = entity
  if ((mode !== 'full' && mode !== 'backfill') || details?.when !== 'changed') return 0
  const { age } = details
  const from = since
    ? sql`${since}::timestamptz`
    : mode === 'full'
      ? sql`clock_timestamp() - interval '6 months'`
      : undefined
  const young =
    from && age !== undefined ? sql`and (t.${sql.ref(age)} is null or t.${sql.ref(age)} >= (${from})::date)` : sql``
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from ${sql.table(tableOf(entity))} t where ${worthReading(entity, details)} ${young}`.execute(
    deps.db,
  )
  return rows[0]?.n ?? 0
}

async function countRows(db: Db, entity: Entity): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(distinct ${sql.ref(entity.id.column)}) as n from ${sql.table(tableOf(entity))}
    where deleted_at is null`.execute(db)
  return rows[0]?.n ?? 0
}

function notesOf(items: SyncCost['entities'], { products }: Awaited<ReturnType<Zoho['state']>>): string[] {
  const notes = (['books', 'inventory'] as const).flatMap((product) => {
    const needed = items.reduce((sum, { calls }) => sum + calls[product], 0)
    const { dayLimit, dayUsed, dayRemaining } = products[product]
    const left = Math.max(0, Math.min(dayLimit - dayUsed, dayRemaining ?? Number.POSITIVE_INFINITY))
    return needed > left
      ? [`${product}: ${needed} calls are needed and ${left} are left today; the rest waits for the reset`]
      : []
  })
  if (items.some(({ records }) => records === 0))
    notes.push('Nothing is known yet of some of these; their first pages tell how much there is')
  return notes
}
