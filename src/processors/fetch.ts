import { detailViewOf, type Entity, type ListView, listViewOf, type ReadPlan } from '../entities/index.ts'
import { errorCode, TdsError } from '../errors.ts'
import type { ClaimedItem } from '../queue/index.ts'
import type { Permit } from '../zoho/index.ts'
import { type Answer, answerOf, believe, confirmMissing, singleCallOf } from './confirm.ts'
import { type Call, databaseNow, documentsFrom, type FetchDeps, type Fetched, permitNow, rowsUnder } from './reply.ts'

export type Fetch = (
  entity: Entity,
  items: readonly ClaimedItem[],
  /** At least one; as many as there are items where each record costs a call. */
  permits: readonly Permit[],
  signal: AbortSignal,
) => Promise<Fetched>

/** Reads the records of claimed hints again, in as few calls as Zoho allows. */
export function createFetch(deps: FetchDeps): Fetch {
  return async (entity, items, permits, signal) => {
    const ids = items.map((item) => item.sourceEntityId)
    const bulk = items.every((item) => item.isBulk)
    if (entity.read?.kind === 'single') return readSingles(deps, entity, entity.read, ids, { permits, bulk, signal })
    const [permit] = permits
    if (!permit) throw new TdsError('PERMIT_MISSING', 'transient', 'A read was started without a slot of the budget')
    const call = { permit, signal, bulk }
    if (entity.read?.kind === 'bulk') return readBulk(deps, entity, entity.read, ids, call)
    if (entity.read?.kind === 'list' && entity.list) return readWholeList(deps, entity, entity.list, ids, call)
    throw new TdsError('ENTITY_UNREADABLE', 'permanent', `There is no way to read one record of ${entity.name}`)
  }
}

type FirstCall = Call & { readonly permit: Permit }

async function readBulk(
  deps: FetchDeps,
  entity: Entity,
  plan: ReadPlan & { kind: 'bulk' },
  ids: readonly string[],
  call: FirstCall,
): Promise<Fetched> {
  try {
    return await readTogether(deps, entity, plan, ids, call)
  } catch (error) {
    if (!refusals.includes(errorCode(error))) throw error
    return readApart(deps, entity, plan, ids, call)
  }
}

/** Answers that speak of the call, and may be about one record among many. */
const refusals: readonly string[] = ['ZOHO_BAD_REQUEST', 'ZOHO_NOT_FOUND', 'ZOHO_TOO_LARGE']

/** Halves, so that what Zoho refuses for one record is not the end of its neighbours; the last one is asked for by itself. */
async function readApart(
  deps: FetchDeps,
  entity: Entity,
  plan: ReadPlan & { kind: 'bulk' },
  ids: readonly string[],
  { bulk, signal }: Call,
): Promise<Fetched> {
  const none: Fetched = { documents: [], gone: [], failed: new Map() }
  if (ids.length === 1) return confirmMissing(deps, entity, singleCallOf(plan), ids, none, { bulk, signal })
  const middle = Math.ceil(ids.length / 2)
  const halves: Fetched[] = []
  for (const half of [ids.slice(0, middle), ids.slice(middle)]) halves.push(await readHalf(half))
  return {
    documents: halves.flatMap(({ documents }) => documents),
    gone: halves.flatMap(({ gone }) => gone),
    failed: new Map(halves.flatMap(({ failed }) => [...failed])),
  }

  /** Where there is no slot for a half, its records wait for one; what the other brought is written. */
  async function readHalf(half: readonly string[]): Promise<Fetched> {
    try {
      const permit = await permitNow(deps.zoho, plan.product, `${entity.name}.read`, bulk)
      return await readBulk(deps, entity, plan, half, { permit, bulk, signal })
    } catch (error) {
      return { ...none, failed: new Map(half.map((id) => [id, error])) }
    }
  }
}

async function readTogether(
  deps: FetchDeps,
  entity: Entity,
  plan: ReadPlan & { kind: 'bulk' },
  ids: readonly string[],
  call: FirstCall,
): Promise<Fetched> {
  const { body, readAt } = await deps.zoho.get({
    product: plan.product,
    path: plan.path,
    query: { [plan.parameter]: ids.join(',') },
    purpose: `${entity.name}.read`,
    ...call,
  })
  const readUntil = await databaseNow(deps.db)
  const rows = rowsUnder(body, plan.keys, plan.path)
  const documents = documentsFrom(entity, rows, { view: detailViewOf(entity), readAt, readUntil })
  const found = new Set(documents.map((document) => document.sourceEntityId))
  const missing = ids.filter((id) => !found.has(id))
  const fetched = { documents, gone: [], failed: new Map() }
  if (missing.length === 0) return fetched
  return confirmMissing(deps, entity, singleCallOf(plan), missing, fetched, { bulk: call.bulk, signal: call.signal })
}

/** One call a record, side by side; each fails or is gone alone. */
async function readSingles(
  deps: FetchDeps,
  entity: Entity,
  plan: ReadPlan & { kind: 'single' },
  ids: readonly string[],
  { permits, ...call }: Call & { readonly permits: readonly Permit[] },
): Promise<Fetched> {
  const purpose = `${entity.name}.read`
  const answers = await Promise.all(
    ids.map(async (id, index): Promise<[string, Answer]> => {
      const permit = permits[index]
      return [id, await answerOf(deps, entity, plan, id, { ...call, purpose, ...(permit && { permit }) })]
    }),
  )
  return believe(deps, entity, singleCallOf(plan), new Map(answers), call)
}

/** A small list without a call for one record: all of it is read, so every record in it is as fresh as those asked for. */
async function readWholeList(
  deps: FetchDeps,
  entity: Entity,
  list: ListView,
  ids: readonly string[],
  call: FirstCall,
): Promise<Fetched> {
  const { body, readAt } = await getList(deps, entity, list, call)
  const readUntil = await databaseNow(deps.db)
  const rows = rowsUnder(body, list.keys, list.path).filter((row) => !list.skip?.(row))
  const documents = documentsFrom(entity, rows, { view: listViewOf(entity), readAt, readUntil })
  const found = new Set(documents.map((document) => document.sourceEntityId))
  const { page_context: context } = body
  const isWhole = rows.length > 0 && !(isFields(context) && context.has_more_page === true)
  const gone = isWhole ? ids.filter((id) => !found.has(id)).map((sourceEntityId) => ({ sourceEntityId, readAt })) : []
  return { documents, gone, failed: new Map() }
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

async function getList({ zoho }: FetchDeps, entity: Entity, list: ListView, { permit, bulk, signal }: FirstCall) {
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
      permit: await permitNow(zoho, list.product, options.purpose, bulk),
    })
  }
}
