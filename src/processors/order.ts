import { sql, type Tx } from '../../db/index.ts'
import { type Entity, type MappedRow, tableOf } from '../entities/index.ts'
import { targetOf } from './target.ts'
import type { ReadDocument } from './types.ts'

/** How an incoming document stands to the row that is there. */
export interface Standing {
  readonly sourceEntityId: string
  readonly exists: boolean
  readonly deleted: boolean
  /** -1 older, 0 the same or unknown, 1 newer, by `last_modified_time`. */
  readonly modified: -1 | 0 | 1
  /** Whether this read started at or after the one in the row. */
  readonly laterRead: boolean
  readonly sameHash: boolean
  /** Whether the two reads may have overlapped in time. */
  readonly overlaps: boolean
  /** Whether the read started within 2 s of the modification: another edit may carry the same second. */
  readonly fresh: boolean
}

export type Decision = {
  readonly write: boolean
  readonly outcome: 'unchanged' | 'stale' | 'candidate'
  readonly readAgain: boolean
}

/**
 * Newest wins: first the modification time, then the start of the read. Same time and content is no change; same time
 * and other content is decided by the later read, and read again where the order of the reads cannot be known.
 */
export function decideWrite(standing: Standing): Decision {
  const again = standing.fresh
  if (!standing.exists) return { write: true, outcome: 'candidate', readAgain: again }
  if (standing.deleted) return standing.laterRead ? { write: true, outcome: 'candidate', readAgain: again } : stale()
  if (standing.modified < 0) return stale()
  if (standing.modified === 0) {
    if (standing.sameHash) return { write: false, outcome: 'unchanged', readAgain: again }
    if (!standing.laterRead) return { ...stale(), readAgain: standing.overlaps }
    return { write: true, outcome: 'candidate', readAgain: again || standing.overlaps }
  }
  return { write: true, outcome: 'candidate', readAgain: again }
}

const stale = (): Decision => ({ write: false, outcome: 'stale', readAgain: false })

/** Locks the rows of these documents, in key order, and compares each with its document by the database's clock and types. */
export async function readStandings(
  tx: Tx,
  entity: Entity,
  pairs: readonly { row: MappedRow; read: ReadDocument }[],
): Promise<Map<string, Standing>> {
  const input = pairs.map(({ row, read }) => ({
    id: row.sourceEntityId,
    modified_at: row.columns.zoho_last_modified_at ?? null,
    read_at: read.readAt,
    read_until: read.readUntil,
    view: read.view,
    hash: row.hash,
  }))
  const recordset = sql`jsonb_to_recordset(${JSON.stringify(input)}::jsonb) as i(
    id text, modified_at timestamptz, read_at timestamptz, read_until timestamptz, view text, hash text)`
  const { rows } = await sql<Standing>`
    select i.id as "sourceEntityId", true as exists, ${entity.joins ? joinedStanding(entity.joins.readAtColumn) : ownStanding},
      coalesce(t.hashes ->> i.view = i.hash, false) and not ${isDue(entity, pairs)} as "sameHash",
      ${isFresh} as fresh
    from ${recordset} join ${sql.table(tableOf(entity))} t on t.${sql.ref(entity.id.column)} = i.id
    order by i.id
    for update of t`.execute(tx)
  const standings = new Map(rows.map((row) => [row.sourceEntityId, row]))
  if (standings.size < pairs.length) await addNew(tx, recordset, standings)
  return standings
}

const ownStanding = sql`
  t.deleted_at is not null as deleted,
  coalesce(case when i.modified_at < t.zoho_last_modified_at then -1 when i.modified_at > t.zoho_last_modified_at then 1 end, 0) as modified,
  i.read_at >= t.zoho_read_at as "laterRead",
  case when i.read_at >= t.zoho_read_at then i.read_at < t.synced_at else t.zoho_read_at < i.read_until end as overlaps`

/** A second source is only compared with its own reads. */
const joinedStanding = (readAtColumn: string) => sql`
  false as deleted, 0 as modified, false as overlaps,
  i.read_at >= coalesce(t.${sql.ref(readAtColumn)}, '-infinity') as "laterRead"`

/** A document that is still asked for is written even where it equals what is there: that answers the question. */
function isDue(entity: Entity, pairs: readonly { read: ReadDocument }[]) {
  const views = [...new Set(pairs.map(({ read }) => read.view))]
  const answers = views.flatMap((view) => {
    const { due } = targetOf(entity, view)
    return due?.role === 'answers' ? sql`(i.view = ${view} and t.${sql.ref(due.column)})` : []
  })
  return answers.length > 0 ? sql`(${sql.join(answers, sql` or `)})` : sql`false`
}

const isFresh = sql`coalesce(i.read_at - i.modified_at < interval '2 s' and i.modified_at - i.read_at < interval '2 s', false)`

async function addNew(tx: Tx, recordset: ReturnType<typeof sql>, standings: Map<string, Standing>): Promise<void> {
  const { rows } = await sql<{
    id: string
    fresh: boolean
  }>`select i.id, ${isFresh} as fresh from ${recordset}`.execute(tx)
  for (const { id, fresh } of rows) {
    if (standings.has(id)) continue
    standings.set(id, {
      sourceEntityId: id,
      exists: false,
      deleted: false,
      modified: 1,
      laterRead: true,
      sameHash: false,
      overlaps: false,
      fresh,
    })
  }
}
