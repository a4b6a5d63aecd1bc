import type { Selectable } from 'kysely'
import type { Database, Db } from '../../db/index.ts'

export type AuditRecord = Selectable<Database['tds_audit_trail']>

export interface AuditFilter {
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly subject?: string | undefined
  /** At or after. */
  readonly from?: Date | undefined
  /** Before. */
  readonly to?: Date | undefined
  /** What people and TDS did (`operators`), what changed in the mirrored rows (`rows`), or both. @default operators */
  readonly kind?: 'operators' | 'rows' | 'all' | undefined
}

export interface AuditPage {
  readonly items: readonly AuditRecord[]
  /** Of the filter, counted up to 10,000. */
  readonly total: number
  readonly next: number | null
}

export interface Audit {
  /** Newest first; `after` is `next` of the page before. */
  list(options: AuditFilter & { readonly limit: number; readonly after?: number | undefined }): Promise<AuditPage>
  /** Everything the filter chooses, newest first, read page by page: memory stays the same however long it is. */
  all(filter: AuditFilter): AsyncGenerator<AuditRecord, void>
}

const countedUpTo = 10_000
const pageSize = 500

/** The trail of changes, to be read; what writes to it is `record`. */
export function createAudit({ db }: { readonly db: Db }): Audit {
  return {
    async list({ limit, after, ...filter }) {
      const [page, total] = await Promise.all([read(db, filter, limit + 1, after), count(db, filter)])
      const items = page.slice(0, limit)
      return { items, total, next: page.length > limit ? (items.at(-1)?.id ?? null) : null }
    },
    async *all(filter) {
      let after: number | undefined
      for (;;) {
        const page = await read(db, filter, pageSize, after)
        yield* page
        if (page.length < pageSize) return
        after = page.at(-1)?.id
      }
    },
  }
}

function read(db: Db, filter: AuditFilter, limit: number, after: number | undefined): Promise<AuditRecord[]> {
  let page = chosen(db, filter).selectAll().orderBy('id', 'desc').limit(limit)
  if (after !== undefined) page = page.where('id', '<', after)
  return page.execute()
}

async function count(db: Db, filter: AuditFilter): Promise<number> {
  const some = chosen(db, filter).select('id').limit(countedUpTo).as('some')
  const { total } = await db
    .selectFrom(some)
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

const tables = {
  operators: 'tds_audit_trail_operators',
  rows: 'tds_audit_trail_rows',
  all: 'tds_audit_trail',
} as const

function chosen(db: Db, { actor, action, subject, from, to, kind = 'operators' }: AuditFilter) {
  let query = db.selectFrom(`${tables[kind]} as trail`)
  if (actor !== undefined) query = query.where('actor', '=', actor)
  if (action !== undefined) query = query.where('action', '=', action)
  if (subject !== undefined) query = query.where('subject', '=', subject)
  if (from !== undefined) query = query.where('at', '>=', from)
  if (to !== undefined) query = query.where('at', '<', to)
  return query
}
