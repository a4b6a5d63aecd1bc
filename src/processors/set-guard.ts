import { type Db, sql } from '../../db/index.ts'
import { type ChildSet, type Entity, type FieldContext, type JsonObject, readFields } from '../entities/index.ts'
import { TdsError } from '../errors.ts'
import type { ClaimedItem } from '../queue/index.ts'
import type { ReadDocument } from './types.ts'

/** Rows that one document takes away from a set of its record. */
export interface Loss {
  readonly owner: string
  readonly table: string
  readonly lost: number
}

export interface Judged {
  /** What becomes of each table's rows when the documents are written; counted with the write. */
  readonly losses: readonly Loss[]
  /** Documents that must not be written before a person has looked, by the record's id. */
  readonly dangers: ReadonlyMap<string, SetDanger>
}

export interface SetDanger {
  readonly table: string
  readonly error: TdsError
}

/** Counter of rows that left guarded sets, by table. */
export const lossCounter = 'set_rows_removed'

/** Below this many it is everyday work. */
const least = 20
/** Share of a table that may be lost within the hour before. */
const share = 0.2

interface GuardedSet {
  readonly table: string
  readonly ownerColumn: string
  /** How many rows a document keeps; undefined where it does not speak of them. */
  readonly kept: (read: ReadDocument) => number | undefined
}

/**
 * Which documents would take away so much of what the mirror holds that a fault at the source is likelier than an edit:
 * an answer without its lines looks just like a list that somebody emptied. Runs that accept a mass change are let through.
 */
export async function judgeSets(
  db: Db,
  fed: readonly Entity[],
  { items, documents }: { items: readonly ClaimedItem[]; documents: readonly ReadDocument[] },
  context: FieldContext,
): Promise<Judged> {
  const losses: Loss[] = []
  const dangers = new Map<string, SetDanger>()
  for (const entity of fed) {
    const own = documents.filter(({ document }) => entity.accepts?.(document) ?? true)
    for (const set of guardedSets(entity, context)) {
      const found = await lossesOf(db, set, own)
      losses.push(...found)
      for (const [owner, danger] of await dangersOf(db, set.table, found)) dangers.set(owner, danger)
    }
  }
  if (dangers.size === 0) return { losses, dangers }
  const accepted = await acceptedOwners(db, items)
  for (const owner of accepted) dangers.delete(owner)
  return { losses: losses.filter(({ owner }) => !accepted.has(owner)), dangers }
}

function guardedSets(entity: Entity, context: FieldContext): GuardedSet[] {
  const { set, children = [] } = entity
  const sets = children
    .filter(({ guarded, mode }) => guarded === true && mode !== 'fill')
    .map((child) => ({
      table: child.table,
      ownerColumn: child.owner.reference,
      kept: ({ document }: ReadDocument) => keysIn(child, document, context),
    }))
  if (!set?.guarded) return sets
  const isRow = (part: JsonObject) => typeof set.keyField.read(set.keyField.take(part, context)) === 'string'
  const kept = ({ document }: ReadDocument) => set.rows(document)?.filter(isRow).length
  return [...sets, { table: entity.name, ownerColumn: set.ownerColumn, kept }]
}

/** Parts that lack what tells them apart would not be kept. */
function keysIn(child: ChildSet, document: JsonObject, context: FieldContext): number | undefined {
  const keys = child.rows(document, context)?.flatMap((part) => {
    const { columns } = readFields({ columns: child.key, keepsDocument: false }, part, context)
    const key = Object.keys(child.key).map((name) => columns[name] ?? null)
    return key.includes(null) ? [] : JSON.stringify(key)
  })
  return keys && new Set(keys).size
}

interface Shrunk extends Loss {
  readonly held: number
}

async function lossesOf(
  db: Db,
  { table, ownerColumn, kept }: GuardedSet,
  documents: readonly ReadDocument[],
): Promise<readonly Shrunk[]> {
  const keeps = new Map<string, number>()
  for (const read of documents) {
    const rows = keptOf(kept, read)
    if (rows !== undefined) keeps.set(read.sourceEntityId, rows)
  }
  if (keeps.size === 0) return []
  const { rows } = await sql<{ owner: string; held: number }>`
    select t.${sql.ref(ownerColumn)} as owner, count(*) as held from ${sql.table(table)} t
    where t.deleted_at is null
      and t.${sql.ref(ownerColumn)} in (select value from jsonb_array_elements_text(${JSON.stringify([...keeps.keys()])}::jsonb))
    group by 1`.execute(db)
  return rows.flatMap(({ owner, held }) => {
    const lost = held - (keeps.get(owner) ?? 0)
    return lost > 0 ? { owner, table, held, lost } : []
  })
}

/** What cannot be read is for the write to say. */
function keptOf(kept: GuardedSet['kept'], read: ReadDocument): number | undefined {
  try {
    return kept(read)
  } catch {
    return undefined
  }
}

async function dangersOf(db: Db, table: string, losses: readonly Shrunk[]): Promise<Map<string, SetDanger>> {
  const dangers = new Map<string, SetDanger>()
  if (losses.length === 0) return dangers
  const put = (owner: string, words: string) => dangers.set(owner, { table, error: danger(words) })
  const { recent, living } = await lately(db, table)
  const gone = recent + losses.reduce((sum, { lost }) => sum + lost, 0)
  const isMass = gone >= least && gone > share * (living + recent)
  for (const { owner, held, lost } of losses) {
    if (lost === held && held >= least) put(owner, `all ${held} rows of ${table} of record ${owner} would be removed`)
    else if (isMass)
      put(
        owner,
        `${gone} of ${living + recent} rows of ${table} would be removed within an hour, ${lost} of record ${owner}`,
      )
  }
  return dangers
}

const danger = (words: string): TdsError =>
  new TdsError(
    'MASS_CHANGE',
    'permanent',
    `${words}; nothing of the document was applied. Look at Zoho, then run a full sync with the mass change accepted`,
  )

async function lately(db: Db, table: string): Promise<{ recent: number; living: number }> {
  const { rows } = await sql<{ recent: number; living: number }>`
    select (select count(*) from ${sql.table(table)} where deleted_at is null) as living,
      (select coalesce(sum(value), 0)::float8 from tds_metrics
        where resolution = 'minute' and name = ${lossCounter} and label = ${table}
          and bucket > clock_timestamp() - interval '1 hour') as recent`.execute(db)
  return rows[0] ?? { recent: 0, living: 0 }
}

async function acceptedOwners(db: Db, items: readonly ClaimedItem[]): Promise<ReadonlySet<string>> {
  const runs = [...new Set(items.flatMap(({ runId }) => runId ?? []))]
  const { rows } = await sql<{ id: number }>`
    select id from tds_sync_runs
    where accepts_mass_change and id in (select value::bigint from jsonb_array_elements_text(${JSON.stringify(runs)}::jsonb))`.execute(
    db,
  )
  const accepted = new Set(rows.map(({ id }) => id))
  return new Set(
    items.filter(({ runId }) => runId !== null && accepted.has(runId)).map(({ sourceEntityId }) => sourceEntityId),
  )
}
