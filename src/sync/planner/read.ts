import { type Db, sql } from '../../../db/index.ts'
import { type Details, type Entities, type Entity, tableOf } from '../../entities/index.ts'
import type { ZohoState } from '../../zoho/index.ts'
import { worthReading } from '../due.ts'
import { freshHonoured } from '../verdicts.ts'
import type { Figures } from './costs.ts'
import type { Day, Demand, PlanInput } from './types.ts'

/** What the queue and the rows themselves say is still to be read: nothing else has to survive a restart. */
export async function readDemands(db: Db, entities: Entities): Promise<readonly Demand[]> {
  const demands: Demand[] = []
  for (const entity of entities.list()) {
    if (entity.details?.when === 'changed' && entity.read && entity.read.kind !== 'list')
      demands.push(await readDemand(db, entity, entity.details, entity.read))
  }
  return demands
}

async function readDemand(
  db: Db,
  entity: Entity,
  details: Details,
  read: Exclude<NonNullable<Entity['read']>, { kind: 'list' }>,
): Promise<Demand> {
  const { age } = details
  const key = sql.ref(`t.${entity.id.column}`)
  const date = age === undefined ? sql`null::date` : sql`t.${sql.ref(age)}::date`
  const { rows } = await sql<Pick<Demand, 'pending' | 'queued' | 'oldest' | 'newest'>>`
    select count(*) as pending,
      count(*) filter (where exists (select from tds_sync_queue_live q
        where q.entity_type = ${entity.name} and q.source_entity_id = ${key})) as queued,
      min(${date})::text as oldest, max(${date})::text as newest
    from ${sql.table(tableOf(entity))} t
    where ${worthReading(entity, details)}`.execute(db)
  const counted = rows[0] ?? { pending: 0, queued: 0, oldest: null, newest: null }
  return { ...counted, entity: entity.name, product: read.product, perCall: read.kind === 'bulk' ? read.size : 1 }
}

/** Rows by entity, pages of the last week's runs, and what the lists honour. */
export async function readFigures(db: Db, entities: Entities): Promise<Figures> {
  const records = new Map<string, number>()
  for (const entity of entities.list()) {
    const { rows } = await sql<{ n: number }>`
      select count(distinct ${sql.ref(entity.id.column)}) as n from ${sql.table(tableOf(entity))} where deleted_at is null`.execute(
      db,
    )
    records.set(entity.name, rows[0]?.n ?? 0)
  }
  const { rows } = await sql<{ task: string; calls: number }>`
    select entity_type || '.' || mode as task, avg(calls)::float8 as calls
    from tds_sync_runs
    where status = 'settled' and started_at > clock_timestamp() - interval '7 days' and listed > 0
    group by entity_type, mode having count(*) >= 3`.execute(db)
  const honoured = await freshHonoured(db)
  return {
    records,
    measured: new Map(rows.map(({ task, calls }) => [task, calls])),
    isHonoured: (entity, parameter) => honoured.get(`${entity} ${parameter}`) ?? true,
  }
}

export function daysOf({ products }: Pick<ZohoState, 'products'>): PlanInput['days'] {
  const dayOf = ({ dayLimit, dayUsed, dayRemaining, dayResetsAt }: ZohoState['products']['books']): Day => ({
    limit: dayLimit,
    used: dayUsed,
    left: Math.max(0, Math.min(dayLimit - dayUsed, dayRemaining ?? Number.POSITIVE_INFINITY)),
    resetsAt: dayResetsAt,
  })
  return { books: dayOf(products.books), inventory: dayOf(products.inventory) }
}
