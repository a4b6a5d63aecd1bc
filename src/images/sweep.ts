import { type Db, sql } from '../../db/index.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import { unnamed } from './orphans.ts'
import type { ImageStore } from './store.ts'

export interface SweepResult {
  /** Files no row names, removed. */
  readonly orphans: number
  /** Links and the like under a name of ours, removed. */
  readonly odd: number
  /** Left-over temp files, removed. */
  readonly temps: number
  /** Entries that are not ours by name; they are left alone. */
  readonly foreign: number
  /** Rows whose file was looked at. */
  readonly checked: number
  /** Items whose file is missing, unreadable or not what the row says: enqueue them. */
  readonly damaged: readonly string[]
}

export interface SweepDeps {
  readonly db: Db
  readonly store: ImageStore
  readonly clock: Clock
  readonly log: Logger
}

export interface SweepOptions {
  readonly signal?: AbortSignal
  /** Temp files younger than this may still be written. @default 3_600_000 */
  readonly tempAgeMs?: number
}

const pageSize = 500

/** Makes the folder agree with the rows: what no row names goes, what a row names is read and compared by sha256. */
export async function sweep(
  deps: SweepDeps,
  { signal, tempAgeMs = 3_600_000 }: SweepOptions = {},
): Promise<SweepResult> {
  const temps = await deps.store.removeTemps(deps.clock.now() - tempAgeMs)
  const entries = await sweepEntries(deps, signal)
  const files = await verify(deps, signal)
  const result = { temps, ...entries, ...files }
  deps.log.info({ ...result, damaged: result.damaged.length }, 'Image folder swept')
  return result
}

async function sweepEntries({ db, store }: SweepDeps, signal: AbortSignal | undefined) {
  const counts = { orphans: 0, odd: 0, foreign: 0 }
  let page: string[] = []
  const removeUnnamed = async () => {
    for (const name of await unnamed(db, page)) if (await store.remove(name)) counts.orphans++
    page = []
  }
  for await (const { name, kind } of store.entries()) {
    signal?.throwIfAborted()
    if (kind === 'foreign') counts.foreign++
    else if (kind === 'odd') counts.odd += (await store.remove(name)) ? 1 : 0
    else if (page.push(name) >= pageSize) await removeUnnamed()
  }
  await removeUnnamed()
  return counts
}

/** Reads every file a row names. A digest is computed only for files that changed since the last time. */
export async function verify({ db, store }: Pick<SweepDeps, 'db' | 'store'>, signal?: AbortSignal) {
  const damaged: string[] = []
  let checked = 0
  for (let after: string | null = ''; after !== null; ) {
    const some = await verifySome({ db, store }, after, pageSize, signal)
    checked += some.checked
    damaged.push(...some.damaged)
    after = some.next
  }
  return { checked, damaged }
}

/** The files of the next rows in id order. `next` is where to go on; null: these were the last. */
export async function verifySome(
  { db, store }: Pick<SweepDeps, 'db' | 'store'>,
  after: string,
  limit: number,
  signal?: AbortSignal,
): Promise<{ checked: number; damaged: string[]; next: string | null }> {
  const damaged: string[] = []
  const rows = await presentAfter(db, after, limit)
  for (const { zoho_item_id: itemId, file_name: fileName, sha256 } of rows) {
    signal?.throwIfAborted()
    if (!(await isIntact(store, fileName, sha256))) damaged.push(itemId)
  }
  return { checked: rows.length, damaged, next: rows.length < limit ? null : (rows.at(-1)?.zoho_item_id ?? null) }
}

async function presentAfter(db: Db, after: string, limit: number) {
  const { rows } = await sql<{ zoho_item_id: string; file_name: string; sha256: string }>`
    select zoho_item_id, file_name, sha256 from product_images
    where status = 'present' and zoho_item_id > ${after}
    order by zoho_item_id
    limit ${limit}`.execute(db)
  return rows
}

/** An unreadable file is a damaged one here, whatever the system's reason. */
async function isIntact(store: ImageStore, fileName: string, sha256: string): Promise<boolean> {
  const file = await store.open(fileName).catch(() => undefined)
  await file?.close()
  return file?.sha256 === sha256
}
