import { documentId, type Entity, type JsonObject, type ReadPlan } from '../../entities/index.ts'
import { errorCode, errorKind, TdsError } from '../../errors.ts'
import { hasId } from './documents.ts'
import type { VerifyDeps } from './types.ts'

export type DetailPlan = Exclude<ReadPlan, { kind: 'list' }>

export interface DetailReading {
  readonly documents: readonly JsonObject[]
  /** What Zoho does not have: the answer was 404. A bulk call only leaves out, which proves nothing. */
  readonly absent: readonly string[]
  /** Could not be read, though others could: the code of the failure by id. */
  readonly unread: ReadonlyMap<string, string>
  readonly calls: number
}

/** Single reads in flight at once; the budget may allow fewer. */
const atOnce = 8
/** More records than this that fail one by one are not the records' fault. */
const mostUnread = 10

/** How many records are worth reading together. */
export const sizeOf = (plan: DetailPlan): number => (plan.kind === 'bulk' ? plan.size : 100)

/** These records as Zoho has them now; at most `sizeOf(plan)` of them. */
export function readDetails(
  deps: Pick<VerifyDeps, 'zoho'>,
  entity: Entity,
  plan: DetailPlan,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<DetailReading> {
  if (ids.length === 0) return Promise.resolve({ documents: [], absent: [], unread: new Map(), calls: 0 })
  return plan.kind === 'bulk' ? inBulk(deps, entity, plan, ids, signal) : oneByOne(deps, entity, plan, ids, signal)
}

async function inBulk(
  { zoho }: Pick<VerifyDeps, 'zoho'>,
  entity: Entity,
  plan: DetailPlan & { kind: 'bulk' },
  ids: readonly string[],
  signal: AbortSignal,
): Promise<DetailReading> {
  const { product, path, parameter } = plan
  const reply = await zoho.get({
    product,
    path,
    query: { [parameter]: ids.join(',') },
    purpose: `${entity.name}.verify`,
    bulk: true,
    signal,
  })
  const key = plan.keys.find((each) => each in reply.body)
  const rows = key === undefined ? undefined : reply.body[key]
  if (!Array.isArray(rows)) throw new TdsError('ZOHO_LIST_KEY', 'transient', `${path} answered without its records`)
  return { documents: rows.filter(isObject), absent: [], unread: new Map(), calls: reply.calls }
}

/** One call a record, a few at a time: each waits for its own permit. */
export async function oneByOne(
  deps: Pick<VerifyDeps, 'zoho'>,
  entity: Entity,
  plan: DetailPlan,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<DetailReading> {
  const documents: JsonObject[] = []
  const absent: string[] = []
  const unread = new Map<string, string>()
  let calls = 0
  const waiting = [...ids]
  const reader = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      try {
        const one = await readOne(deps, entity, plan, id, signal)
        calls += one.calls
        documents.push(one.document)
      } catch (error) {
        if (errorCode(error) === 'ZOHO_NOT_FOUND') absent.push(id)
        else if (isOfOneRecord(error, signal) && unread.size < mostUnread) unread.set(id, errorCode(error))
        else {
          // Nobody goes on with what is left.
          waiting.length = 0
          throw error
        }
        calls++
      }
    }
  }
  // Every reader ends before anything is thrown: nothing goes on behind the caller's back.
  const ends = await Promise.allSettled(Array.from({ length: Math.min(atOnce, ids.length) }, reader))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return { documents, absent, unread, calls }
}

const isOfOneRecord = (error: unknown, signal: AbortSignal): boolean =>
  !signal.aborted && error instanceof TdsError && error.code.startsWith('ZOHO_') && isItsOwn(error)

/** A scope that is missing and a limit are everybody's. */
const isItsOwn = (error: TdsError): boolean =>
  errorKind(error) !== 'wait' && !['ZOHO_SCOPE', 'ZOHO_UNAUTHORIZED', 'ZOHO_USER_DISABLED'].includes(error.code)

async function readOne(
  { zoho }: Pick<VerifyDeps, 'zoho'>,
  entity: Entity,
  plan: DetailPlan,
  id: string,
  signal: AbortSignal,
): Promise<{ document: JsonObject; calls: number }> {
  const { path, keys } = plan.kind === 'bulk' ? plan.single : plan
  const { body, calls } = await zoho.get({
    product: plan.product,
    path: path(id),
    purpose: `${entity.name}.verify`,
    bulk: true,
    signal,
  })
  const found: unknown[] = keys.map((key) => body[key])
  const document = found.find(isObject)
  if (document && hasId(entity, document) && documentId(entity, document) === id) return { document, calls }
  throw new TdsError('ZOHO_LIST_KEY', 'transient', `${path(id)} answered without its record`)
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
