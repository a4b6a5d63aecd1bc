import { sql } from '../../../db/index.ts'
import type { RuleSettings } from './settings.ts'
import { type JudgedTable, judgedTables } from './tables.ts'
import type { Found, Rule } from './types.ts'

export type Sql = ReturnType<typeof sql>

export interface TableRule extends Pick<Rule, 'code' | 'severity' | 'says'> {
  /** The columns it looks at, one after the other; only those that a table has. */
  readonly columns: readonly string[]
  /** Other columns a table must have for the rule to say anything about it. */
  readonly needs?: readonly string[]
  /** Which of the tables. @default all */
  readonly applies?: (table: JudgedTable) => boolean
  /** When a living row `t` breaks it. */
  readonly broken: (column: Sql, settings: RuleSettings, table: JudgedTable) => Sql
  /** What was expected, as text. */
  readonly expected: (settings: RuleSettings, table: JudgedTable) => Sql
  /** What is there, as text. @default the column */
  readonly found?: (column: Sql) => Sql
  /** Said before the values. */
  readonly message: (table: JudgedTable, column: string) => string
  /** Joined to the rows `t`. */
  readonly joins?: (table: JudgedTable) => Sql
}

/** A rule of one condition over whatever tables have the columns: a new entity is judged as soon as it has them. */
export function tableRule({ columns, needs = [], applies = () => true, ...rule }: TableRule): Rule {
  return {
    code: rule.code,
    severity: rule.severity,
    says: rule.says,
    async find({ db, entities, settings, limit, signal }) {
      const found: Found[] = []
      for (const table of judgedTables(entities)) {
        if (!applies(table) || !needs.every((each) => table.columns.has(each))) continue
        for (const name of columns.filter((each) => table.columns.has(each))) {
          signal.throwIfAborted()
          const { rows } = await sql<
            Omit<Found, 'entity_type' | 'severity' | 'message'>
          >`${select(name, table)}`.execute(db)
          const base = { entity_type: table.entity, severity: rule.severity, message: rule.message(table, name) }
          found.push(...rows.map((row) => ({ ...base, ...row })))
        }
      }
      return found

      function select(name: string, table: JudgedTable): Sql {
        const column = sql`t.${sql.ref(name)}`
        const key = table.key.map((each) => sql`t.${sql.ref(each)}::text`)
        const part = table.isRecord ? name : `${table.table}.${name}`
        return sql`
          select t.${sql.ref(table.owner)} as source_entity_id, concat_ws(' ', ${sql.join([sql`${part}::text`, ...key])}) as part,
            ${rule.expected(settings, table)} as expected, ${rule.found ? rule.found(column) : sql`${column}::text`} as found
          from ${sql.table(table.table)} t ${rule.joins?.(table) ?? sql``}
          where t.deleted_at is null and (${rule.broken(column, settings, table)})
          order by t.id limit ${limit}`
      }
    },
  }
}
