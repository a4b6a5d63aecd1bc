import { sql } from '../../../../db/index.ts'
import { judgedTables } from '../tables.ts'
import type { Found, Rule } from '../types.ts'

/** Values that could not be read: the record is here, that column kept what it had. */
export const fieldError: Rule = {
  code: 'field_error',
  severity: 'warning',
  says: 'every value that Zoho sends fits its column',
  async find({ db, entities, limit, signal }) {
    const found: Found[] = []
    for (const { entity, table, owner, key } of judgedTables(entities)) {
      signal.throwIfAborted()
      const keys = key.map((each) => sql`t.${sql.ref(each)}::text`)
      const { rows } = await sql<{ id: string; part: string; column: string; error: string }>`
        select t.${sql.ref(owner)} as id, concat_ws(' ', ${sql.join([sql`${table}::text || '.' || e.key`, ...keys])}) as part,
          e.key as column, e.value as error
        from ${sql.table(table)} t cross join lateral jsonb_each_text(t.field_errors) e
        where t.field_errors is not null and t.deleted_at is null
        order by t.id, e.key limit ${limit}`.execute(db)
      found.push(
        ...rows.map(({ id, part, column, error }) => ({
          entity_type: entity,
          source_entity_id: id,
          part,
          severity: 'warning' as const,
          message: `${table}.${column} could not be read and kept what it had`,
          expected: `a value that fits ${table}.${column}`,
          found: error,
        })),
      )
    }
    return found
  },
}
