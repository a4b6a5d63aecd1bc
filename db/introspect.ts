import { sql } from 'kysely'
import type { AnyDb } from './any-db.ts'

/** A schema in few words, the same from every PostgreSQL version; `Database` types are derived from it. */
export interface Schema {
  /** table → column → `type [in a|b] [null] [default|generated]` */
  readonly tables: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** partition → the table it is part of, whose columns it shares */
  readonly partitions: Readonly<Record<string, string>>
  /** index → `[unique] table (columns) [where …]` */
  readonly indexes: Readonly<Record<string, string>>
  /** view → column → type */
  readonly views: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Reads the current schema of the connection, without the tables that the migrations themselves keep. */
export async function introspect(db: AnyDb): Promise<Schema> {
  const { rows: columns } = await columnsQuery.execute(db)
  const { rows: partitions } = await partitionsQuery.execute(db)
  const { rows: indexes } = await indexesQuery.execute(db)
  const { rows: viewColumns } = await viewColumnsQuery.execute(db)
  return {
    tables: byTable(columns, columnWords),
    partitions: Object.fromEntries(partitions.map(({ name, parent }) => [name, parent])),
    indexes: Object.fromEntries(indexes.map(({ name, definition }) => [name, indexWords(definition)])),
    views: byTable(viewColumns, ({ type }) => shortType(type)),
  }
}

function byTable<Row extends Pick<Column, 'table' | 'name'>>(rows: readonly Row[], words: (row: Row) => string) {
  const tables: Record<string, Record<string, string>> = {}
  for (const row of rows) {
    const columns = tables[row.table] ?? {}
    columns[row.name] = words(row)
    tables[row.table] = columns
  }
  return tables
}

interface Column {
  readonly table: string
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly generated: boolean
  readonly defaulted: boolean
  readonly allowed: string | null
}

const columnsQuery = sql<Column>`
  select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
    not a.attnotnull as nullable,
    a.attidentity = 'a' or a.attgenerated <> '' as generated,
    a.atthasdef or a.attidentity = 'd' as defaulted,
    (select pg_get_constraintdef(k.oid) from pg_constraint k
      where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
      order by k.conname limit 1) as allowed
  from pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and a.attnum > 0 and not a.attisdropped and c.relname not like 'tds_migrations%'
  order by c.relname, a.attnum`

const viewColumnsQuery = sql<Pick<Column, 'table' | 'name' | 'type'>>`
  select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type
  from pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.relnamespace = current_schema()::regnamespace and c.relkind = 'v' and a.attnum > 0 and not a.attisdropped
  order by c.relname, a.attnum`

const partitionsQuery = sql<{ name: string; parent: string }>`
  select c.relname as name, p.relname as parent
  from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
  where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relispartition
  order by c.relname`

/** The indexes that a partition has because its parent has them bear made-up names and are left out. */
const indexesQuery = sql<{ name: string; definition: string }>`
  select c.relname as name, pg_get_indexdef(c.oid) as definition
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
  where c.relnamespace = current_schema()::regnamespace and not c.relispartition and i.indisvalid
    and t.relkind in ('r', 'p') and t.relname not like 'tds_migrations%'
  order by t.relname, c.relname`

const shortTypes: Readonly<Record<string, string>> = {
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'double precision': 'float8',
}

const shortType = (type: string): string => shortTypes[type] ?? type.replaceAll(' ', '_')

function columnWords({ type, allowed, nullable, generated, defaulted }: Column): string {
  const values = allowedValues(allowed)
  const words = [shortType(type)]
  if (values) words.push('in', values.join('|'))
  if (nullable) words.push('null')
  if (generated) words.push('generated')
  else if (defaulted) words.push('default')
  return words.join(' ')
}

/** `status in ('a', 'b')`, which PostgreSQL writes as `CHECK ((status = ANY (ARRAY['a'::text, 'b'::text])))`. */
function allowedValues(check: string | null): string[] | undefined {
  const list = check?.match(/^CHECK \(\(\w+ = ANY \(ARRAY\[(.+)\]\)\)\)$/)?.[1]
  return list === undefined ? undefined : [...list.matchAll(/'(\w+)'::text/g)].map((match) => match[1] ?? '')
}

function indexWords(definition: string): string {
  const words = definition.match(/^CREATE (UNIQUE )?INDEX \S+ ON (?:ONLY )?(?:\w+\.)?(\w+) USING (?:btree )?(.*)$/)
  if (!words) throw new Error(`an index definition that was not understood: ${definition}`)
  const [, unique = '', table, rest = ''] = words
  return `${unique.toLowerCase()}${table} ${rest.replace(/ WITH \([^)]*\)/, '').replace(' WHERE ', ' where ')}`
}
