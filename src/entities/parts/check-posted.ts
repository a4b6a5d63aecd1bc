import { sql } from '../../../db/index.ts'

/** Draft and void documents keep a balance that nobody owes. */
export const isPosted = (of: string) => sql`coalesce(${sql.ref(`${of}.status`)}, '') not in ('draft', 'void')`
