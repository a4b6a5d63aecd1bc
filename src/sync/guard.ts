import { type Db, sql } from '../../db/index.ts'
import { type Entity, listViewOf, type MappedRow, tableOf } from '../entities/index.ts'
import { TdsError } from '../errors.ts'

export interface MassChangeGuard {
  /** @throws TdsError `MASS_CHANGE` when too many guarded values of these rows would turn to zero or false */
  check(rows: readonly MappedRow[]): Promise<void>
  /** @throws TdsError `MASS_CHANGE` when too many rows would be taken for deleted */
  checkMissing(missing: number): Promise<void>
}

/** Share of an entity (and of one page) that may turn to zero, inactive or deleted in one run. */
const share = 0.2
/** Below this many it is everyday work. */
const least = 20

/** Holds a run that would empty the mirror: a fault at the source looks just like a thousand edits. */
export async function createGuard(db: Db, entity: Entity, accept: boolean): Promise<MassChangeGuard> {
  const { rows } = await sql<{ living: number }>`
    select count(*) as living from ${sql.table(tableOf(entity))} where deleted_at is null`.execute(db)
  const living = rows[0]?.living ?? 0
  const guarded = (entity.guarded ?? []).filter((column) => column in listColumns(entity))
  let emptied = 0

  function hold(what: string, count: number, of: number): void {
    if (accept || count < least || count <= of * share) return
    throw new TdsError(
      'MASS_CHANGE',
      'permanent',
      `${count} of ${of} ${entity.name} would become ${what} at once; nothing of this step was applied. Look at Zoho, then start the run again with the mass change accepted`,
    )
  }

  return {
    async check(page) {
      if (guarded.length === 0 || living === 0) return
      const turned = await countEmptied(db, entity, guarded, page)
      emptied += turned
      hold('zero or inactive', turned, page.length)
      hold('zero or inactive', emptied, living)
    },
    async checkMissing(missing) {
      hold('deleted', missing, living)
    },
  }
}

const listColumns = (entity: Entity) => entity.views[listViewOf(entity)]?.columns ?? {}

async function countEmptied(
  db: Db,
  entity: Entity,
  guarded: readonly string[],
  page: readonly MappedRow[],
): Promise<number> {
  const input = page.map((row) => ({
    id: row.sourceEntityId,
    ...Object.fromEntries(guarded.map((column) => [column, row.columns[column] ?? null])),
  }))
  const types = listColumns(entity)
  const columns = guarded.map((column) => sql`${sql.ref(column)} ${sql.raw(types[column]?.type ?? 'text')}`)
  const emptied = guarded.map((column) =>
    types[column]?.type === 'boolean'
      ? sql`(t.${sql.ref(column)} and not i.${sql.ref(column)})`
      : sql`(t.${sql.ref(column)} <> 0 and i.${sql.ref(column)} = 0)`,
  )
  const { rows } = await sql<{ n: number }>`
    select count(*) as n
    from jsonb_to_recordset(${JSON.stringify(input)}::jsonb) as i(id text, ${sql.join(columns, sql`, `)})
    join ${sql.table(tableOf(entity))} t on t.${sql.ref(entity.id.column)} = i.id
    where t.deleted_at is null and (${sql.join(emptied, sql` or `)})`.execute(db)
  return rows[0]?.n ?? 0
}
