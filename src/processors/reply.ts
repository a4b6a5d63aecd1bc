import { type Db, sql } from '../../db/index.ts'
import { documentId, type Entities, type Entity, type JsonObject } from '../entities/index.ts'
import { TdsError } from '../errors.ts'
import { type Permit, waitError, type Zoho } from '../zoho/index.ts'
import type { GoneRecord, ReadDocument } from './types.ts'

/** What a read of some records brought: their documents, proofs that they are gone, and what failed for one alone. */
export interface Fetched {
  readonly documents: readonly ReadDocument[]
  readonly gone: readonly GoneRecord[]
  readonly failed: ReadonlyMap<string, unknown>
}

export interface FetchDeps {
  readonly db: Db
  readonly zoho: Zoho
  readonly entities: Entities
}

/** How the calls of one read are made. */
export interface Call {
  readonly bulk: boolean
  readonly signal: AbortSignal
}

/** The records under the first declared key; a single record counts as a list of one. A missing key is an error, never "none". */
export function rowsUnder(body: JsonObject, keys: readonly string[], path: string): JsonObject[] {
  const key = keys.find((each) => each in body)
  const value = key === undefined ? undefined : body[key]
  if (Array.isArray(value)) return value.filter((row): row is JsonObject => typeof row === 'object' && row !== null)
  if (typeof value === 'object' && value !== null) return [value as JsonObject]
  throw new TdsError('ZOHO_LIST_KEY', 'transient', `The reply of ${path} has none of the keys ${keys.join(', ')}`)
}

/** Rows → documents by their ids. A row without one names no record, so nothing can be done with it. */
export function documentsFrom(
  entity: Entity,
  rows: readonly JsonObject[],
  read: Pick<ReadDocument, 'view' | 'readAt' | 'readUntil'>,
): ReadDocument[] {
  return rows.flatMap((document) => {
    try {
      return { ...read, sourceEntityId: documentId(entity, document), document }
    } catch (error) {
      if (error instanceof TdsError && error.code === 'DOCUMENT_WITHOUT_ID') return []
      throw error
    }
  })
}

/** A further call's slot for items that are already claimed: where none is free, the items wait, not the worker. */
export async function permitNow(
  zoho: Zoho,
  product: 'books' | 'inventory',
  purpose: string,
  bulk: boolean,
): Promise<Permit> {
  const answer = await zoho.acquire({ product, purpose, bulk })
  if ('permit' in answer) return answer.permit
  throw waitError(answer, product)
}

export async function databaseNow(db: Db): Promise<string> {
  const { rows } = await sql<{ now: string }>`select clock_timestamp()::text as now`.execute(db)
  return rows[0]?.now ?? ''
}
