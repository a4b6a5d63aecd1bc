import { pendingMigrations, schemaDifferences, sql } from '../../../db/index.ts'
import { readOnly } from '../read-only.ts'
import { type Check, type Finding, ok, problem } from '../types.ts'
import { some } from '../words.ts'

/** Whether the tables are those of this version. */
export const schema: Check = {
  name: 'schema',
  needs: 'database',
  anchor: 'database',
  async look({ db }) {
    const pending = await readOnly(db, (tx) => pendingMigrations(tx))
    if (pending.length > 0)
      return [
        problem(
          `${pending.length} migration(s) are not applied: ${some(pending, 4)}`,
          'make a backup, then npm run tds -- migrate',
        ),
      ]
    const drift = (await readOnly(db, (tx) => schemaDifferences(tx))).filter((words) => !isIndex(words))
    if (drift.length === 0) return [ok('every migration is applied, every table and column is as expected')]
    return drift.map((words) =>
      problem(words, 'find out who changed it and undo that; TDS does not start until it is so'),
    )
  },
}

/** Indexes that are missing, other than expected, or left unfinished by an interrupted build. */
export const indexes: Check = {
  name: 'indexes',
  needs: 'database',
  anchor: 'database',
  async look({ db }) {
    if ((await readOnly(db, (tx) => pendingMigrations(tx))).length > 0)
      return [{ verdict: 'skipped', evidence: 'migrations come first', fix: null }]
    const differing = (await readOnly(db, (tx) => schemaDifferences(tx))).filter(isIndex)
    const { rows } = await readOnly(db, (tx) =>
      sql<{ name: string }>`
        select i.indexrelid::regclass::text as name from pg_index i join pg_class c on c.oid = i.indrelid
        where c.relnamespace = current_schema()::regnamespace and not (i.indisvalid and i.indisready)`.execute(tx),
    )
    const findings: Finding[] = [
      ...differing.map((words) =>
        problem(words, 'make it again as its migration in db/migrations does, with create index concurrently'),
      ),
      ...rows.map(({ name }) =>
        problem(`index ${name} is invalid and used by no query`, `reindex index concurrently ${name};`),
      ),
    ]
    return findings.length > 0 ? findings : [ok('all there, all valid')]
  },
}

const isIndex = (words: string): boolean => words.startsWith('index ')
