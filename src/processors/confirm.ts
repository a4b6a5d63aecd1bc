import { type Db, sql } from '../../db/index.ts'
import type { Entities, Entity, ReadPlan } from '../entities/index.ts'
import { errorCode, TdsError } from '../errors.ts'
import { type Call, databaseNow, type FetchDeps, type Fetched, permitNow, rowsUnder } from './reply.ts'
import type { GoneRecord, ReadDocument } from './types.ts'

type BulkPlan = ReadPlan & { kind: 'bulk' }

/** The bulk call left these out; only a 404 on the record itself, beside a 200 of a sibling, proves that one is gone. */
export async function confirmMissing(
  deps: FetchDeps,
  entity: Entity,
  plan: BulkPlan,
  missing: readonly string[],
  fetched: Fetched,
  call: Call,
): Promise<Fetched> {
  const documents = [...fetched.documents]
  const gone: GoneRecord[] = []
  const failed = new Map<string, unknown>()
  for (const id of missing) {
    try {
      const answer = await readOne(deps, entity, plan, id, call)
      if ('document' in answer) documents.push(answer)
      else gone.push(answer)
    } catch (error) {
      failed.set(id, error)
    }
  }
  if (gone.length === 0 || documents.length > fetched.documents.length) return { documents, gone, failed }
  const doubt = await endpointDoubt(deps, entity, plan, missing, call)
  if (!doubt) return { documents, gone, failed }
  return {
    documents,
    gone: [],
    failed: new Map([...failed, ...gone.map(({ sourceEntityId }) => [sourceEntityId, doubt] as const)]),
  }
}

async function readOne(
  { db, zoho }: FetchDeps,
  entity: Entity,
  plan: BulkPlan,
  id: string,
  { bulk, signal }: Call,
): Promise<ReadDocument | GoneRecord> {
  const permit = await permitNow(zoho, plan.product, `${entity.name}.confirm`, bulk)
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
  deps: FetchDeps,
  entity: Entity,
  plan: BulkPlan,
  missing: readonly string[],
  call: Call,
): Promise<TdsError | undefined> {
  const living = await livingId(deps, entity, missing)
  if (living === undefined) return undefined
  const answer = await readOne(deps, entity, plan, living, call)
  if ('document' in answer) return undefined
  return new TdsError(
    'ZOHO_ENDPOINT_DOUBTFUL',
    'transient',
    `${plan.single.path(living)} answers 404 for records that are known to live; no deletion is believed`,
  )
}

async function livingId(
  { db, entities }: { db: Db; entities: Entities },
  entity: Entity,
  except: readonly string[],
): Promise<string | undefined> {
  const plain = entity.set ? entities.list().find((other) => other.read === entity.read && !other.set) : entity
  if (!plain) return undefined
  const { rows } = await sql<{ id: string }>`
    select ${sql.ref(plain.id.column)} as id from ${sql.table(plain.name)}
    where deleted_at is null and ${sql.ref(plain.id.column)} not in (select value from jsonb_array_elements_text(${JSON.stringify(except)}::jsonb))
    order by id desc limit 1`.execute(db)
  return rows[0]?.id
}
