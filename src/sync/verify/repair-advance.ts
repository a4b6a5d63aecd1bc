import { sql, type Tx } from '../../../db/index.ts'
import { inSerialOrder, type WorkDocument, type WorkRequest } from '../../queue/index.ts'
import { forget, hint } from './repair.ts'
import type { RepairsDeps } from './repair-types.ts'

/** Records a transaction takes: short locks, and a cancellation is heard soon. */
const atOnce = 500

interface Part {
  readonly records: readonly {
    readonly entity_type: string
    readonly source_entity_id: string
    readonly is_ahead: boolean
    readonly document: WorkDocument | null
  }[]
}

/** The next records of a confirmed repair. One process works on one at a time; a committed part is never done again. */
export function advanceRepair(deps: RepairsDeps): Promise<boolean> {
  return inSerialOrder(() => deps.db.transaction().execute((tx) => advanceRepairIn(tx, deps)))
}

export async function advanceRepairIn(tx: Tx, { entities, enqueue }: RepairsDeps, id?: string): Promise<boolean> {
  const part = await nextPart(tx, id)
  if (!part) return false
  const requests: WorkRequest[] = []
  for (const [name, records] of Map.groupBy(part.records, ({ entity_type }) => entity_type)) {
    const entity = entities.find(name)
    if (!entity) continue
    const ids = records.map(({ source_entity_id }) => source_entity_id)
    const ahead = records.filter(({ is_ahead }) => is_ahead).map(({ source_entity_id }) => source_entity_id)
    if (entity.lane === 'read') await forget(tx, entity, ids, new Set(ahead))
    requests.push(
      ...records.map(({ source_entity_id, document }) => ({
        ...hint(entity, source_entity_id),
        ...(document && { document }),
      })),
    )
  }
  await enqueue(tx, requests)
  return true
}

async function nextPart(tx: Tx, id: string | undefined): Promise<Part | undefined> {
  const { rows: repairs } = await sql<{ id: string; done: number }>`
    select id, done from tds_verify_repairs
    where confirmed_at is not null and finished_at is null and cancelled_at is null
      and ${id === undefined ? sql`true` : sql`id = ${id}::uuid`}
    order by confirmed_at limit 1 for update skip locked`.execute(tx)
  const [repair] = repairs
  if (!repair) return undefined
  const { rows: records } = await sql<Part['records'][number]>`
    select entity_type, source_entity_id, is_ahead, document from tds_verify_repair_records
    where repair_id = ${repair.id}::uuid and position > ${repair.done} order by position limit ${atOnce}`.execute(tx)
  await sql`
    update tds_verify_repairs set done = done + ${records.length},
      finished_at = case when done + ${records.length} >= total then clock_timestamp() end
    where id = ${repair.id}::uuid`.execute(tx)
  return { records }
}
