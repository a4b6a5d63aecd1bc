import { documentId, type Entity, type JsonObject, type ReadPlan } from '../../entities/index.ts'
import { errorCode, TdsError } from '../../errors.ts'
import { listPages } from '../pages.ts'
import type { VerifyDeps } from './types.ts'

export interface Reread {
  readonly view: string
  readonly documents: readonly JsonObject[]
  readonly calls: number
}

type BulkPlan = ReadPlan & { kind: 'bulk' }

/** These records as Zoho has them now; those it does not have are absent. At most one call's worth of ids. */
export async function readDetails(
  { zoho }: Pick<VerifyDeps, 'zoho'>,
  entity: Entity,
  plan: BulkPlan,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Reread> {
  const reply = await zoho.get({
    product: plan.product,
    path: plan.path,
    query: { [plan.parameter]: ids.join(',') },
    purpose: `${entity.name}.verify`,
    bulk: true,
    signal,
  })
  const key = plan.keys.find((each) => each in reply.body)
  const rows = key === undefined ? undefined : reply.body[key]
  if (!Array.isArray(rows))
    throw new TdsError('ZOHO_LIST_KEY', 'transient', `${plan.path} answered without its records`)
  return { view: 'detail', documents: rows.filter(isObject), calls: reply.calls }
}

export interface RereadRequest {
  readonly ids: readonly string[]
  /** Whether the list has just shown it: then a bulk read that leaves it out is no proof that it is gone. */
  readonly isListed: (id: string) => boolean
  readonly signal: AbortSignal
}

/** Records read again at once in the way their entity allows. */
export async function readAgain(deps: VerifyDeps, entity: Entity, request: RereadRequest): Promise<Reread> {
  return entity.read?.kind === 'bulk'
    ? readInBulk(deps, entity, entity.read, request)
    : readFromList(deps, entity, request)
}

async function readInBulk(
  deps: VerifyDeps,
  entity: Entity,
  plan: BulkPlan,
  { ids, isListed, signal }: RereadRequest,
): Promise<Reread> {
  const documents: JsonObject[] = []
  let calls = 0
  for (let from = 0; from < ids.length; from += plan.size) {
    const part = await readDetails(deps, entity, plan, ids.slice(from, from + plan.size), signal)
    documents.push(...part.documents)
    calls += part.calls
  }
  const found = new Set(documents.map((document) => documentId(entity, document)))
  for (const id of ids.filter((each) => isListed(each) && !found.has(each))) {
    const document = await readOne(deps, entity, plan, id, signal)
    if (document) documents.push(document)
    calls++
  }
  return { view: 'detail', documents, calls }
}

/** Undefined where Zoho answers that there is none. */
async function readOne(
  { zoho }: VerifyDeps,
  entity: Entity,
  plan: BulkPlan,
  id: string,
  signal: AbortSignal,
): Promise<JsonObject | undefined> {
  const path = plan.single.path(id)
  try {
    const { body } = await zoho.get({
      product: plan.product,
      path,
      purpose: `${entity.name}.verify`,
      bulk: true,
      signal,
    })
    const found: unknown[] = plan.single.keys.map((key) => body[key])
    const document = found.find(isObject)
    if (document) return document
  } catch (error) {
    if (errorCode(error) === 'ZOHO_NOT_FOUND') return undefined
    throw error
  }
  throw new TdsError('ZOHO_LIST_KEY', 'transient', `${path} answered without its record`)
}

async function readFromList(deps: VerifyDeps, entity: Entity, { ids, signal }: RereadRequest): Promise<Reread> {
  const { list } = entity
  const wanted = new Set(ids)
  const documents: JsonObject[] = []
  let calls = 0
  if (list) {
    const request = { fromPage: 1, isBulk: true, purpose: `${entity.name}.verify`, signal }
    for await (const page of listPages(deps, entity, list, request)) {
      calls += page.calls
      documents.push(...page.rows.filter((row) => !list.skip?.(row) && wanted.has(documentId(entity, row))))
    }
  }
  return { view: 'list', documents, calls }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
