import { type Db, sql } from '../../../db/index.ts'
import type { Entity } from '../../entities/index.ts'
import type { Product } from '../../zoho/index.ts'
import { productOf } from '../obstacle.ts'

/** Dead letters of one kind, and what proves that their cause is gone. */
export interface Cause {
  /** What a letter `l` must be to be meant. */
  readonly letters: ReturnType<typeof sql<boolean>>
  /** Database clock, as text: letters that died before it have lost their cause; null: nothing is known. */
  readonly goneSince: (db: Db, entity: Entity) => Promise<string | null>
  /** Whether one letter may be tried without proof, to find out. */
  readonly probe: boolean
}

const codes = (...names: readonly string[]) => sql<boolean>`l.error_code = any (${names}::text[])`

/** Other rooms' failures that six attempts did not outlast, by what shows that they are over. */
export const outages: readonly Cause[] = [
  {
    letters: codes(
      'ZOHO_SERVER',
      'ZOHO_TIMEOUT',
      'ZOHO_NETWORK',
      'ZOHO_TRUNCATED',
      'ZOHO_NOT_JSON',
      'IMAGE_PAGE_INSTEAD',
    ),
    goneSince: (db, entity) => lastSuccess(db, productOf(entity)),
    probe: false,
  },
  {
    // The call itself went wrong, while others of the product may have been well.
    letters: codes('ZOHO_LIST_KEY', 'ZOHO_ENDPOINT_DOUBTFUL'),
    goneSince: (db, entity) => lastSuccess(db, productOf(entity), `${entity.name}.read`),
    probe: false,
  },
  {
    // Connection, resources, operator, rollback; or the driver's own.
    letters: sql<boolean>`(l.error_code ~ '^(08|40|53|55|57)[0-9A-Z]{3}$'
      or l.error_code in ('ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'))`,
    // We are asking it: it is back, and had five minutes to stay.
    goneSince: (db) => only(db, sql`select (clock_timestamp() - interval '5 minutes')::text as at`),
    probe: false,
  },
  {
    letters: codes('IMAGE_DISK_FULL', 'IMAGE_STORE'),
    goneSince: (db) => only(db, sql`select max(zoho_read_at)::text as at from product_images where status = 'present'`),
    probe: true,
  },
]

export const permissions: readonly Cause[] = [
  {
    letters: codes('ZOHO_SCOPE', 'ZOHO_UNAUTHORIZED', 'ZOHO_USER_DISABLED'),
    goneSince: (db, entity) => lastSuccess(db, productOf(entity), `${entity.name}.read`),
    probe: true,
  },
]

export const parents: readonly Cause[] = [
  {
    letters: codes('CURRENCY_UNKNOWN'),
    goneSince: (db) => only(db, sql`select max(read_at)::text as at from tds_zoho_organization`),
    probe: false,
  },
  {
    // A row that must refer to another which was not here.
    letters: codes('23503'),
    goneSince: (db, entity) => lastParent(db, entity),
    probe: false,
  },
]

/** Start of the last call that Zoho answered as asked; calls are remembered for a day. */
function lastSuccess(db: Db, product: Product, purpose?: string): Promise<string | null> {
  return only(
    db,
    sql`select started_at::text as at from tds_zoho_calls
      where product = ${product} and finished_at is not null and error_code is null and status between 200 and 299
        and ${purpose === undefined ? sql`true` : sql`purpose = ${purpose}`}
      order by id desc limit 1`,
  )
}

/** When a row was last written that records of this entity may refer to. */
async function lastParent(db: Db, { links = [], children = [] }: Entity): Promise<string | null> {
  const tables = new Set([...links, ...children.flatMap((each) => each.links ?? [])].map(({ parent }) => parent))
  const times = await Promise.all(
    [...tables].map((table) => only(db, sql`select max(synced_at)::text as at from ${sql.table(table)}`)),
  )
  return (
    times
      .flatMap((at) => at ?? [])
      .toSorted()
      .at(-1) ?? null
  )
}

async function only(db: Db, query: ReturnType<typeof sql<{ at: string | null }>>): Promise<string | null> {
  const { rows } = await query.execute(db)
  return rows[0]?.at ?? null
}
