import { type Db, sql } from '../../db/index.ts'
import {
  documentId,
  type Entities,
  type Entity,
  type JsonObject,
  type ListView,
  type ReadPlan,
} from '../entities/index.ts'
import { errorCode, TdsError } from '../errors.ts'
import type { ClaimedItem } from '../queue/index.ts'
import type { Permit, Zoho } from '../zoho/index.ts'
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

export type Fetch = (
  entity: Entity,
  items: readonly ClaimedItem[],
  permit: Permit,
  signal: AbortSignal,
) => Promise<Fetched>

/** Reads the records of claimed hints again, in as few calls as Zoho allows. */
export function createFetch({ db, zoho, entities }: FetchDeps): Fetch {
  return async (entity, items, permit, signal) => {
    const ids = items.map((item) => item.sourceEntityId)
    const bulk = items.every((item) => item.isBulk)
    if (entity.read?.kind === 'bulk') return readBulk(entity, entity.read, ids, { permit, bulk, signal })
    if (entity.read?.kind === 'list' && entity.list)
      return readWholeList(entity, entity.list, ids, { permit, bulk, signal })
    throw new TdsError('ENTITY_UNREADABLE', 'permanent', `There is no way to read one record of ${entity.name}`)
  }

  async function readBulk(
    entity: Entity,
    plan: ReadPlan & { kind: 'bulk' },
    ids: readonly string[],
    call: Call,
  ): Promise<Fetched> {
    const purpose = `${entity.name}.read`
    const reply = await zoho.get({
      product: plan.product,
      path: plan.path,
      query: { [plan.parameter]: ids.join(',') },
      purpose,
      ...call,
    })
    const readUntil = await databaseNow(db)
    const rows = rowsUnder(reply.body, plan.keys, plan.path)
    const documents = rows.map((document) => ({
      sourceEntityId: documentId(entity, document),
      view: 'detail',
      document,
      readAt: reply.readAt,
      readUntil,
    }))
    const found = new Set(documents.map((document) => document.sourceEntityId))
    const missing = ids.filter((id) => !found.has(id))
    if (missing.length === 0) return { documents, gone: [], failed: new Map() }
    return confirmMissing(
      entity,
      plan,
      missing,
      { documents, gone: [], failed: new Map() },
      { bulk: call.bulk, signal: call.signal },
    )
  }

  /** The bulk call left these out; only a 404 on the record itself, beside a 200 of a sibling, proves that one is gone. */
  async function confirmMissing(
    entity: Entity,
    plan: ReadPlan & { kind: 'bulk' },
    missing: readonly string[],
    fetched: Fetched,
    call: Omit<Call, 'permit'>,
  ): Promise<Fetched> {
    const documents = [...fetched.documents]
    const gone: GoneRecord[] = []
    const failed = new Map<string, unknown>()
    for (const id of missing) {
      try {
        const answer = await readOne(entity, plan, id, call)
        if ('document' in answer) documents.push(answer)
        else gone.push(answer)
      } catch (error) {
        failed.set(id, error)
      }
    }
    if (gone.length === 0 || documents.length > fetched.documents.length) return { documents, gone, failed }
    const doubt = await endpointDoubt(entity, plan, missing, call)
    if (!doubt) return { documents, gone, failed }
    return {
      documents,
      gone: [],
      failed: new Map([...failed, ...gone.map(({ sourceEntityId }) => [sourceEntityId, doubt] as const)]),
    }
  }

  async function readOne(
    entity: Entity,
    plan: ReadPlan & { kind: 'bulk' },
    id: string,
    { bulk, signal }: Omit<Call, 'permit'>,
  ): Promise<ReadDocument | GoneRecord> {
    const permit = await permitNow(plan.product, `${entity.name}.confirm`, bulk)
    try {
      const reply = await zoho.get({
        product: plan.product,
        path: plan.single.path(id),
        purpose: `${entity.name}.confirm`,
        permit,
        bulk,
        signal,
      })
      const document = rowsUnder(reply.body, plan.single.keys, plan.path)[0]
      if (!document)
        throw new TdsError('ZOHO_LIST_KEY', 'transient', `The reply of ${plan.single.path(id)} holds no record`)
      return { sourceEntityId: id, view: 'detail', document, readAt: reply.readAt, readUntil: await databaseNow(db) }
    } catch (error) {
      if (errorCode(error) !== 'ZOHO_NOT_FOUND') throw error
      return { sourceEntityId: id, readAt: permit.startedAt }
    }
  }

  /** A 404 for everything is a fault of the endpoint, not a deletion: a record we know to live must still answer. */
  async function endpointDoubt(
    entity: Entity,
    plan: ReadPlan & { kind: 'bulk' },
    missing: readonly string[],
    call: Omit<Call, 'permit'>,
  ): Promise<TdsError | undefined> {
    const living = await livingId(entity, missing)
    if (living === undefined) return undefined
    const answer = await readOne(entity, plan, living, call)
    if ('document' in answer) return undefined
    return new TdsError(
      'ZOHO_ENDPOINT_DOUBTFUL',
      'transient',
      `${plan.single.path(living)} answers 404 for records that are known to live; no deletion is believed`,
    )
  }

  async function livingId(entity: Entity, except: readonly string[]): Promise<string | undefined> {
    const plain = entity.set ? entities.list().find((other) => other.read === entity.read && !other.set) : entity
    if (!plain) return undefined
    const { rows } = await sql<{ id: string }>`
      select ${sql.ref(plain.id.column)} as id from ${sql.table(plain.name)}
      where deleted_at is null and ${sql.ref(plain.id.column)} not in (select value from jsonb_array_elements_text(${JSON.stringify(except)}::jsonb))
      order by id desc limit 1`.execute(db)
    return rows[0]?.id
  }

  async function permitNow(product: 'books' | 'inventory', purpose: string, bulk: boolean): Promise<Permit> {
    const answer = await zoho.acquire({ product, purpose, bulk })
    if ('permit' in answer) return answer.permit
    throw new TdsError(`ZOHO_WAIT_${answer.reason.toUpperCase()}`, 'wait', `No call is free: ${answer.reason}`, {
      retryAt: answer.retryAt,
    })
  }

  /** A small list without a call for one record: all of it is read, so every record in it is as fresh as those asked for. */
  async function readWholeList(entity: Entity, list: ListView, ids: readonly string[], call: Call): Promise<Fetched> {
    const { body, readAt } = await getList(entity, list, call)
    const readUntil = await databaseNow(db)
    const rows = rowsUnder(body, list.keys, list.path).filter((row) => !list.skip?.(row))
    const documents = rows.map((document) => ({
      sourceEntityId: documentId(entity, document),
      view: 'list',
      document,
      readAt,
      readUntil,
    }))
    const found = new Set(documents.map((document) => document.sourceEntityId))
    const gone =
      rows.length > 0 ? ids.filter((id) => !found.has(id)).map((sourceEntityId) => ({ sourceEntityId, readAt })) : []
    return { documents, gone, failed: new Map() }
  }

  async function getList(entity: Entity, list: ListView, { permit, bulk, signal }: Call) {
    const options = {
      product: list.product,
      purpose: `${entity.name}.read`,
      bulk,
      signal,
      ...(list.query && { query: list.query }),
    }
    try {
      return await zoho.get({ ...options, path: list.path, permit })
    } catch (error) {
      if (errorCode(error) !== 'ZOHO_NOT_FOUND' || !list.fallbackPath) throw error
      return zoho.get({
        ...options,
        path: list.fallbackPath,
        permit: await permitNow(list.product, options.purpose, bulk),
      })
    }
  }
}

interface Call {
  readonly permit: Permit
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

async function databaseNow(db: Db): Promise<string> {
  const { rows } = await sql<{ now: string }>`select clock_timestamp()::text as now`.execute(db)
  return rows[0]?.now ?? ''
}
