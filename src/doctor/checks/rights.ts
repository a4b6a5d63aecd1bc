import { sql } from '../../../db/index.ts'
import { oneRow, readOnly } from '../read-only.ts'
import { type Check, ok, problem, warning } from '../types.ts'
import { some } from '../words.ts'

/** Whether our own role may do what TDS does, and not much more. */
export const rights: Check = {
  name: 'rights',
  needs: 'database',
  anchor: 'rights',
  async look({ db, config }) {
    const { rows: lacking } = await readOnly(db, (tx) =>
      sql<{ name: string; missing: string }>`
        select c.relname as name, string_agg(r.name, ', ' order by r.name) as missing
        from pg_class c cross join unnest(array['select', 'insert', 'update', 'delete']) as r(name)
        where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
          and not has_table_privilege(c.oid, r.name)
        group by c.relname order by c.relname`.execute(tx),
    )
    const role = await readOnly(db, (tx) =>
      oneRow(
        tx,
        sql<{ name: string; superuser: boolean; may_create: boolean }>`
          select rolname as name, rolsuper as superuser,
            has_schema_privilege(current_schema(), 'create') as may_create
          from pg_roles where rolname = current_user`,
      ),
    )
    if (lacking.length > 0) {
      const words = lacking.map(({ name, missing }) => `${name} (${missing})`)
      const fix = `as the owner: grant select, insert, update, delete on all tables in schema public to "${role.name}"`
      return [problem(`role ${role.name} lacks rights on ${some(words)}`, fix)]
    }
    if (!role.may_create)
      return [
        warning(
          `role ${role.name} may not create tables: migrations will fail`,
          'run migrations as the owner of the tables',
        ),
      ]
    if (role.superuser && config.database.url !== undefined)
      return [
        warning(
          `role ${role.name} is a superuser`,
          'give TDS a role of its own that owns its database and nothing else',
        ),
      ]
    return [ok(`role ${role.name} may do what it needs`)]
  },
}
