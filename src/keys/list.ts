import type { Selectable } from 'kysely'
import { type Database, type Db, sql } from '../../db/index.ts'
import type { ApiKey, KeyPage, KeyState } from './types.ts'

export type KeyRow = Selectable<Database['tds_api_keys']>

export interface KeyListOptions {
  readonly limit: number
  /** `next` of the page before. */
  readonly after?: string | undefined
  /** Only those that open something. */
  readonly live?: boolean | undefined
}

export async function listKeys(db: Db, { limit, after, live }: KeyListOptions, now: number): Promise<KeyPage> {
  let chosen = db.selectFrom('tds_api_keys')
  if (live) chosen = chosen.where('revoked_at', 'is', null).where(expiresAfter(now))
  let page = chosen
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit + 1)
  if (after !== undefined) page = page.where(comesAfter(after))
  const [rows, { total }] = await Promise.all([
    page.execute(),
    chosen.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ])
  const items = rows.slice(0, limit).map((row) => toApiKey(row, now))
  return { items, total, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

export function toApiKey({ hash: _, ...row }: KeyRow, now: number): ApiKey {
  return { ...row, state: stateOf(row, now) }
}

export function stateOf({ revoked_at, expires_at }: Pick<KeyRow, 'revoked_at' | 'expires_at'>, now: number): KeyState {
  if (revoked_at) return 'revoked'
  return expires_at && expires_at.getTime() <= now ? 'expired' : 'live'
}

const expiresAfter = (now: number) => sql<boolean>`coalesce(expires_at > ${new Date(now)}, true)`

const comesAfter = (id: string) => sql<boolean>`exists (
  select from tds_api_keys last
  where last.id = ${id} and (tds_api_keys.created_at < last.created_at
    or tds_api_keys.created_at = last.created_at and tds_api_keys.id > last.id))`
