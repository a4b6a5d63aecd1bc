import { sql } from '../../../../db/index.ts'
import { tableRule } from '../table-rule.ts'

/** Only of records: a line may go without a name of its own. */
export const blankName = tableRule({
  code: 'blank_name',
  severity: 'warning',
  says: 'everything that has a name has one that can be read',
  columns: ['name'],
  applies: ({ isRecord }) => isRecord,
  broken: (column) => sql`${column} is null or ${column} ~ '^[[:space:]]*$'`,
  expected: () => sql`'a name'`,
  found: (column) => sql`case when ${column} is null then 'nothing' else 'blanks' end`,
  message: ({ entity }) => `one of ${entity} has no name`,
})
