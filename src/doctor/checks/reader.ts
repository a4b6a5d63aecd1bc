import { sql } from '../../../db/index.ts'
import { readOnly } from '../read-only.ts'
import { type Check, type Finding, ok, problem, warning } from '../types.ts'
import { some } from '../words.ts'

interface Right {
  readonly name: string
  readonly readable: boolean
  readonly reads: boolean
  readonly writes: boolean
}

/** `tds_reader` reads the mirror and the views, and nothing else. */
export const reader: Check = {
  name: 'reader-role',
  needs: 'database',
  anchor: 'rights',
  async look({ db }) {
    const { rows: roles } = await readOnly(db, (tx) =>
      sql<{ powers: readonly string[]; creates: boolean }>`
        select array_remove(array[case when rolsuper then 'superuser' end, case when rolcreaterole then 'create role' end,
            case when rolcreatedb then 'create database' end, case when rolbypassrls then 'bypass row security' end,
            case when rolcanlogin then 'login' end], null)
          || array(select 'member of ' || g.rolname from pg_auth_members m join pg_roles g on g.oid = m.roleid
                   where m.member = r.oid)::text[] as powers,
          has_schema_privilege('tds_reader', current_schema(), 'create') as creates
        from pg_roles r where rolname = 'tds_reader'`.execute(tx),
    )
    const [role] = roles
    if (!role)
      return [
        warning(
          'the role tds_reader is not there, so reports need the rights of TDS',
          'as an administrator: create role tds_reader nologin; then select tds_grant_reader();',
        ),
      ]
    const { rows } = await readOnly(db, (tx) => rightsOf.execute(tx))
    const found = [...missing(rows), ...tooMany(rows), ...powersOf(role)]
    const count = rows.filter(({ readable, reads }) => readable && reads).length
    return found.length > 0 ? found : [ok(`reads ${count} tables and views, and nothing else`)]
  },
}

/** Readable is what `tds_grant_reader()` grants: the mirror's tables, known by `zoho_read_at`, and the views for people. */
const rightsOf = sql<Right>`
  select c.relname as name,
    c.relname not like 'tds\\_%' and (c.relkind = 'v' or exists (select from pg_attribute a
      where a.attrelid = c.oid and a.attname = 'zoho_read_at' and not a.attisdropped)) as readable,
    has_table_privilege('tds_reader', c.oid, 'select') as reads,
    has_table_privilege('tds_reader', c.oid, 'insert, update, delete, truncate') as writes
  from pg_class c
  where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
  order by c.relname`

function missing(rows: readonly Right[]): Finding[] {
  const names = rows.filter(({ readable, reads }) => readable && !reads).map(({ name }) => name)
  return names.length === 0 ? [] : [warning(`tds_reader may not read ${some(names)}`, 'select tds_grant_reader();')]
}

function tooMany(rows: readonly Right[]): Finding[] {
  const secret = rows.filter(({ readable, reads }) => reads && !readable).map(({ name }) => name)
  const written = rows.filter(({ writes }) => writes).map(({ name }) => name)
  return [
    ...(secret.length > 0
      ? [problem(`tds_reader may read ${some(secret)}`, `revoke all on ${secret.join(', ')} from tds_reader, public;`)]
      : []),
    ...(written.length > 0
      ? [
          problem(
            `tds_reader may write ${some(written)}`,
            `revoke insert, update, delete, truncate on ${written.join(', ')} from tds_reader, public;`,
          ),
        ]
      : []),
  ]
}

function powersOf({ powers, creates }: { powers: readonly string[]; creates: boolean }): Finding[] {
  return [
    ...(powers.length > 0
      ? [
          warning(
            `tds_reader has more than reading: ${powers.join(', ')}`,
            'take it away, and let people log in with roles made "in role tds_reader"',
          ),
        ]
      : []),
    ...(creates
      ? [warning('tds_reader may create objects in the schema', 'revoke create on schema public from public;')]
      : []),
  ]
}
