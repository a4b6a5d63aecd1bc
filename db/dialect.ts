import { type MigrationLockOptions, PostgresAdapter, PostgresDialect, type PostgresDialectConfig, sql } from 'kysely'
import type { AnyDb } from './any-db.ts'

/** Called while migrations run, which may take as long as they need. */
export interface Patience {
  begin(): void
  end(): void
}

/** Kysely's PostgreSQL with one addition: from taking the migration lock to its release no statement times out. */
export class Dialect extends PostgresDialect {
  readonly #patience: Patience

  constructor(config: PostgresDialectConfig, patience: Patience) {
    super(config)
    this.#patience = patience
  }

  override createAdapter(): PostgresAdapter {
    return new Adapter(this.#patience)
  }
}

class Adapter extends PostgresAdapter {
  readonly #patience: Patience

  constructor(patience: Patience) {
    super()
    this.#patience = patience
  }

  override async acquireMigrationLock(db: AnyDb, options: MigrationLockOptions): Promise<void> {
    this.#patience.begin()
    await sql`set statement_timeout = 0`.execute(db)
    await super.acquireMigrationLock(db, options)
  }

  override async releaseMigrationLock(db: AnyDb, options: MigrationLockOptions): Promise<void> {
    this.#patience.end()
    await super.releaseMigrationLock(db, options)
    await sql`reset statement_timeout`.execute(db)
  }
}
