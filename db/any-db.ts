import type { Kysely } from 'kysely'

/** A database before, or whatever, its tables: what migrates, creates and inspects takes this. */
// biome-ignore lint/suspicious/noExplicitAny: what Kysely calls a database of unknown tables
export type AnyDb = Kysely<any>
