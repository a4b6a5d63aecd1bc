import type { ColumnType } from 'kysely'
import type { JsonObject, JsonValue } from './json.ts'

/** The Kysely types of a manifest (see `Schema` in introspect.ts), so that no shape is written a second time. */
export type DatabaseOf<
  S extends { tables: Record<string, Record<string, string>>; partitions: Record<string, keyof S['tables']> },
> = {
  [T in keyof S['tables']]: Table<S['tables'][T]>
} & {
  [P in keyof S['partitions']]: Table<S['tables'][S['partitions'][P]]>
}

type Table<Columns> = { [C in keyof Columns]: Columns[C] extends string ? Column<Columns[C]> : never }

type Column<Words extends string> = ColumnType<
  Selected<Words> | Null<Words>,
  Has<Words, 'generated'> extends true ? never : Written<Words> | Null<Words> | Optional<Words>,
  Has<Words, 'generated'> extends true ? never : Written<Words> | Null<Words>
>

type Selected<Words extends string> = First<Words> extends keyof Read ? Exactly<Words, Read[First<Words>]> : string
type Written<Words extends string> = First<Words> extends keyof Write ? Write[First<Words>] : Selected<Words>
type Null<Words extends string> = Has<Words, 'null'> extends true ? null : never
type Optional<Words extends string> = Has<Words, 'null' | 'default'> extends true ? undefined : never

/** A column whose check lists its values has just those. */
type Exactly<Words extends string, Type> = Words extends `${string} in ${infer Rest}` ? Each<First<Rest>> : Type

/** What pg gives, see type-parsers.ts; every other type arrives as text. */
interface Read {
  smallint: number
  integer: number
  bigint: number
  float8: number
  boolean: boolean
  text: string
  numeric: string
  timestamptz: Date
  bytea: Buffer
  json: JsonValue
  jsonb: JsonValue
  'text[]': string[]
  'bigint[]': number[]
}

/** What may be written where it is not what is read. pg takes an array for an SQL array, so a JSON array goes as text. */
interface Write {
  timestamptz: Date | string
  json: string | JsonObject
  jsonb: string | JsonObject
}

type First<Words extends string> = Words extends `${infer Word} ${string}` ? Word : Words
type Each<List extends string> = List extends `${infer Value}|${infer Rest}` ? Value | Each<Rest> : List
type Has<Words extends string, Word extends string> = ` ${Words} ` extends `${string} ${Word} ${string}` ? true : false
