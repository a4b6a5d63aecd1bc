import { type Kysely, sql } from 'kysely'

interface Parent {
  readonly table: string
  /** Column with the Zoho id. */
  readonly id: string
  /** Columns by which parents adopt these rows. */
  readonly references: readonly string[]
}

/** One row a Zoho id; waiting rows are found by their parents, and documents that wait for their detail by date. */
export async function parentIndexes(db: Kysely<unknown>, { table, id, references }: Parent): Promise<void> {
  const named = (name: string) => sql.ref(`idx_${table}_${name}`)
  await sql`create unique index ${named(id)} on ${sql.table(table)} (${sql.ref(id)})`.execute(db)
  await referenceIndexes(db, table, references)
  await sql`
    create index ${named('detail_due')} on ${sql.table(table)} (date)
    where detail_due and deleted_at is null`.execute(db)
}

interface Child {
  readonly table: string
  readonly owner: { readonly reference: string; readonly column: string }
  readonly key: string
  readonly references: readonly string[]
}

/** One row an owner and key; the owner's rows by our id, and waiting rows by their parents'. */
export async function childIndexes(db: Kysely<unknown>, { table, owner, key, references }: Child): Promise<void> {
  const named = (name: string) => sql.ref(`idx_${table}_${name}`)
  await sql`
    create unique index ${named('key')} on ${sql.table(table)} (${sql.ref(owner.reference)}, ${sql.ref(key)})`.execute(
    db,
  )
  await sql`create index ${named(owner.column)} on ${sql.table(table)} (${sql.ref(owner.column)})`.execute(db)
  await referenceIndexes(db, table, references)
}

async function referenceIndexes(db: Kysely<unknown>, table: string, references: readonly string[]): Promise<void> {
  for (const column of references)
    await sql`
      create index ${sql.ref(`idx_${table}_${column}`)} on ${sql.table(table)} (${sql.ref(column)})
      where ${sql.ref(column)} is not null`.execute(db)
}
