import { documentId, type Entity, type JsonObject, type ReadPlan } from '../../entities/index.ts'
import { TdsError } from '../../errors.ts'
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

/** The records of these ids, read again at once in the way their entity allows. */
export async function readAgain(
  deps: VerifyDeps,
  entity: Entity,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Reread> {
  const { read, list } = entity
  if (read?.kind === 'bulk') {
    const documents: JsonObject[] = []
    let calls = 0
    for (let from = 0; from < ids.length; from += read.size) {
      const part = await readDetails(deps, entity, read, ids.slice(from, from + read.size), signal)
      documents.push(...part.documents)
      calls += part.calls
    }
    return { view: 'detail', documents, calls }
  }
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
