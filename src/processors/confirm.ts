import { type Db, sql } from '../../db/index.ts'
import { detailViewOf, type Entities, type Entity, type ReadPlan, tableOf } from '../entities/index.ts'
import { errorCode, TdsError } from '../errors.ts'
import type { Permit } from '../zoho/index.ts'
import { type Call, databaseNow, type FetchDeps, type Fetched, permitNow, rowsUnder } from './reply.ts'
import type { GoneRecord, ReadDocument } from './types.ts'

/** How one record is asked for by itself. */
export interface SingleCall {
  readonly product: 'books' | 'inventory'
  readonly path: (id: string) => string
  readonly keys: readonly string[]
}

export const singleCallOf = (plan: Exclude<ReadPlan, { kind: 'list' }>): SingleCall =>
  plan.kind === 'bulk' ? { product: plan.product, ...plan.single } : plan

/** Ids that a call left out, each asked for by itself. */
export async function confirmMissing(
  deps: FetchDeps,
  entity: Entity,
  single: SingleCall,
  missing: readonly string[],
  fetched: Fetched,
  call: Call,
): Promise<Fetched> {
  const answers = new Map<string, Answer>()
  for (const id of missing) {
    answers.set(id, await answerOf(deps, entity, single, id, { ...call, purpose: `${entity.name}.confirm` }))
  }
  const confirmed = await believe(deps, entity, single, answers, call)
  return { ...confirmed, documents: [...fetched.documents, ...confirmed.documents] }
}

export type Answer = ReadDocument | GoneRecord | { readonly error: unknown }

/**
 * What single calls brought. Only a 404 on the record itself, beside a 200 of a sibling, proves that one is gone: a 404
 * for everything is a fault of the endpoint, so where no sibling answered a record that we know to live must.
 */
export async function believe(
  deps: FetchDeps,
  entity: Entity,
  single: SingleCall,
  answers: ReadonlyMap<string, Answer>,
  call: Call,
): Promise<Fetched> {
  const documents: ReadDocument[] = []
  const gone: GoneRecord[] = []
  const failed = new Map<string, unknown>()
  for (const [id, answer] of answers) {
    if ('document' in answer) documents.push(answer)
    else if ('error' in answer) failed.set(id, answer.error)
    else gone.push(answer)
  }
  if (gone.length === 0 || documents.length > 0) return { documents, gone, failed }
  const doubt = await endpointDoubt(deps, entity, single, [...answers.keys()], call)
  if (!doubt) return { documents, gone, failed }
  for (const { sourceEntityId } of gone) failed.set(sourceEntityId, doubt)
  return { documents, gone: [], failed }
}

interface OneCall extends Call {
  readonly purpose: string
  /** @default one is taken now */
  readonly permit?: Permit
}

/** Whatever becomes of one record's call, the others of its batch are not touched by it. */
export async function answerOf(
  deps: FetchDeps,
  entity: Entity,
  single: SingleCall,
  id: string,
  call: OneCall,
): Promise<Answer> {
  try {
    return await readOne(deps, entity, single, id, call)
  } catch (error) {
    return { error }
  }
}

async function readOne(
  { db, zoho }: FetchDeps,
  entity: Entity,
  { product, path, keys }: SingleCall,
  id: string,
  { bulk, signal, purpose, ...given }: OneCall,
): Promise<ReadDocument | GoneRecord> {
  const permit = given.permit ?? (await permitNow(zoho, product, purpose, bulk))
  try {
    const reply = await zoho.get({ product, path: path(id), purpose, permit, bulk, signal })
    const document = rowsUnder(reply.body, keys, path(id))[0]
    if (!document) throw new TdsError('ZOHO_LIST_KEY', 'transient', `The reply of ${path(id)} holds no record`)
    const readUntil = await databaseNow(db)
    return { sourceEntityId: id, view: detailViewOf(entity), document, readAt: reply.readAt, readUntil }
  } catch (error) {
    if (errorCode(error) !== 'ZOHO_NOT_FOUND') throw error
    return { sourceEntityId: id, readAt: permit.startedAt }
  }
}

async function endpointDoubt(
  deps: FetchDeps,
  entity: Entity,
  single: SingleCall,
  missing: readonly string[],
  call: Call,
): Promise<TdsError | undefined> {
  const living = await livingIds(deps, entity, missing)
  for (const id of living) {
    const answer = await readOne(deps, entity, single, id, { ...call, purpose: `${entity.name}.confirm` })
    if ('document' in answer) return undefined
  }
  if (living.length === 0) return undefined
  return new TdsError(
    'ZOHO_ENDPOINT_DOUBTFUL',
    'transient',
    `${living.map(single.path).join(', ')} answer 404, records that are known to live; no deletion is believed`,
  )
}

/** One that is asked for may have gone as well, unheard of; so many have not. */
const witnesses = 3

async function livingIds(
  { db, entities }: { db: Db; entities: Entities },
  entity: Entity,
  except: readonly string[],
): Promise<readonly string[]> {
  const plain = entity.set ? entities.list().find((other) => other.read === entity.read && !other.set) : entity
  if (!plain) return []
  const { rows } = await sql<{ id: string }>`
    select ${sql.ref(plain.id.column)} as id from ${sql.table(tableOf(plain))}
    where deleted_at is null and ${sql.ref(plain.id.column)} not in (select value from jsonb_array_elements_text(${JSON.stringify(except)}::jsonb))
    order by zoho_read_at desc, id desc limit ${witnesses}`.execute(db)
  return rows.map(({ id }) => id)
}
