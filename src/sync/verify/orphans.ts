import { type Db, sql } from '../../../db/index.ts'
import { type Entity, type Link, tableOf } from '../../entities/index.ts'
import { mostListed } from './tally.ts'
import type { Finding } from './types.ts'

/** Rows of one table that may name a parent, and the column that says whose rows they are. */
export interface Linked {
  readonly table: string
  readonly ownerColumn: string
  readonly link: Link
}

/**
 * - `gone`: the parent has a tombstone; Zoho keeps lines of what was deleted
 * - `unknown`: it was never here, and nothing in the queue will bring it
 * - `unlinked`: it is here, and the row does not point to it
 * - `nowhere`: it was never here, and Zoho was asked and does not have it either
 */
export type State = 'gone' | 'unknown' | 'unlinked' | 'nowhere'

interface Orphan {
  readonly id: string
  readonly parent: string
  readonly state: State
  readonly severity: Finding['severity']
  /** Of its severity. */
  readonly total: number
}

export interface Orphans {
  readonly findings: readonly Finding[]
  /** All of them, where only the first are listed. */
  readonly count: number
}

export function linksOf(entity: Entity): readonly Linked[] {
  const own = (entity.links ?? []).map((link) => ({
    table: tableOf(entity),
    ownerColumn: entity.set?.ownerColumn ?? entity.id.column,
    link,
  }))
  const ofChildren = (entity.children ?? []).flatMap(({ table, owner, links = [] }) =>
    links.map((link) => ({ table, ownerColumn: owner.reference, link })),
  )
  return [...own, ...ofChildren]
}

/** Living rows of one link whose parent is not what they point to; one finding a record and parent, by severity. */
export async function findOrphans(db: Db, linked: Linked): Promise<Readonly<Record<Finding['severity'], Orphans>>> {
  const { rows } = await sql<Orphan>`
    select * from (
      select o.*, count(*) over ranked as place, count(*) over (partition by o.severity) as total
      from (select o.*, case when o.state in ('unknown', 'unlinked') then 'error' else 'warning' end as severity
        from (${orphans(linked)}) o) o
      window ranked as (partition by o.severity order by o.id, o.parent rows unbounded preceding)) o
    where place <= ${mostListed}
    order by o.id, o.parent`.execute(db)
  const of = (severity: Finding['severity']): Orphans => {
    const found = rows.filter((row) => row.severity === severity)
    return { findings: found.map((orphan) => toFinding(linked, orphan)), count: found[0]?.total ?? 0 }
  }
  return { error: of('error'), warning: of('warning') }
}

/**
 * The orphans of one link by record and parent, those of rows that have not changed for some time.
 * @param limit how many, at most
 */
export async function listOrphans(
  db: Db,
  linked: Linked,
  { minutes, limit }: { readonly minutes: number; readonly limit: number },
): Promise<readonly { readonly state: State; readonly finding: Finding }[]> {
  const since = sql`t.synced_at < clock_timestamp() - ${minutes} * interval '1 minute'`
  const { rows } = await sql<Orphan>`
    select o.*, case when o.state in ('unknown', 'unlinked') then 'error' else 'warning' end as severity
    from (${orphans(linked, since)}) o order by o.id, o.parent limit ${limit}`.execute(db)
  return rows.map((row) => ({ state: row.state, finding: toFinding(linked, row) }))
}

/** What heals: parents that nobody has asked for, or records whose rows do not point to theirs. */
export async function remedies(db: Db, linked: Linked): Promise<{ unknown: string[]; unlinked: string[] }> {
  const { rows } = await sql<{ id: string; state: State }>`
    select distinct case o.state when 'unknown' then o.parent else o.id end as id, o.state
    from (${orphans(linked)}) o
    where o.state in ('unknown', 'unlinked') order by id`.execute(db)
  const of = (state: State) => rows.filter((row) => row.state === state).map(({ id }) => id)
  return { unknown: of('unknown'), unlinked: of('unlinked') }
}

const orphans = ({ table, ownerColumn, link }: Linked, among = sql`true`) => sql`
  select distinct t.${sql.ref(ownerColumn)} as id, t.${sql.ref(link.reference)} as parent,
    case when p.id is null then case when ${wasAskedFor(link)} then 'nowhere' else 'unknown' end
      when p.deleted_at is not null then 'gone' else 'unlinked' end as state
  from ${sql.table(table)} t
  left join ${sql.table(link.parent)} p on p.${sql.ref(link.parentKey)} = t.${sql.ref(link.reference)}
  where t.deleted_at is null and t.${sql.ref(link.reference)} is not null and ${among}
    and (p.id is null or p.deleted_at is not null or t.${sql.ref(link.column)} is distinct from p.id)
    and not (p.id is null and exists (
      select from tds_sync_queue_live q
      where q.entity_type = ${link.parent} and q.source_entity_id = t.${sql.ref(link.reference)}))`

/** The last word about it, as long as the queue remembers it. */
const wasAskedFor = (link: Link) => sql`
  coalesce((
    select q.outcome = 'skipped' from tds_sync_queue_done q
    where q.entity_type = ${link.parent} and q.source_entity_id = t.${sql.ref(link.reference)} and q.status = 'completed'
    order by q.id desc limit 1), false)`

const words: Readonly<Record<State, (row: string, parent: string) => string>> = {
  unknown: (row, parent) => `${row} names ${parent}, which was never seen and is not in the queue`,
  unlinked: (row, parent) => `${row} names ${parent}, which is here, but does not point to its row`,
  gone: (row, parent) => `${row} names ${parent}, which was deleted in Zoho`,
  nowhere: (row, parent) => `${row} names ${parent}, which Zoho does not have`,
}

const foundAs: Readonly<Record<State, string>> = {
  unknown: 'no row',
  unlinked: 'no link',
  gone: 'a tombstone',
  nowhere: 'no row',
}

function toFinding({ table, link }: Linked, { id, parent, state, severity }: Orphan): Finding {
  const name = `${link.parent} ${parent}`
  return {
    check: 'orphan',
    severity,
    source_entity_id: id,
    expected: name,
    found: foundAs[state],
    message: words[state](`${table}.${link.reference}`, name),
  }
}
