import type { Entity, ListView } from '../entities/index.ts'
import { TdsError } from '../errors.ts'
import type { ListEndpoint, Page, Zoho } from '../zoho/index.ts'

export interface PagesDeps {
  readonly zoho: Pick<Zoho, 'pages' | 'organization'>
  /** Configured path overrides by entity. */
  readonly paths: Readonly<Record<string, string>>
}

export interface ListRequest {
  readonly fromPage: number
  readonly isBulk: boolean
  /** What the calls are counted under. */
  readonly purpose: string
  /** Only what changed since; otherwise everything. */
  readonly since?: Date | undefined
  readonly signal: AbortSignal
}

/** The pages of an entity's list, from its configured path or from the one this organisation knows. */
export async function* listPages(
  deps: PagesDeps,
  entity: Entity,
  list: ListView,
  { fromPage, isBulk, purpose, since, signal }: ListRequest,
): AsyncGenerator<Page> {
  const override = deps.paths[entity.name]
  const paths = override ? [override] : [list.path, ...(list.fallbackPath ? [list.fallbackPath] : [])]
  const query = { ...list.query, ...sortAndFilter(list, since) }
  for (const [index, path] of paths.entries()) {
    const endpoint = endpointOf(entity, list, path)
    try {
      yield* deps.zoho.pages(endpoint, { query, fromPage, purpose, bulk: isBulk, signal })
      return
    } catch (error) {
      if (!(error instanceof TdsError) || error.code !== 'ZOHO_NOT_FOUND' || index === paths.length - 1) throw error
    }
  }
}

function endpointOf(entity: Entity, list: ListView, path: string): ListEndpoint {
  return {
    product: list.product,
    path,
    listKey: list.keys,
    paged: list.paged,
    ...(entity.id.fields[0] && { idKey: entity.id.fields[0] }),
    ...(list.modifiedSince && { filters: [list.modifiedSince.parameter] }),
  }
}

function sortAndFilter(list: ListView, since: Date | undefined): Record<string, string> {
  if (since && list.modifiedSince) {
    const { parameter, sort = list.stableSort } = list.modifiedSince
    return { [parameter]: zohoTime(since), ...(sort && { sort_column: sort, sort_order: 'A' }) }
  }
  return list.stableSort ? { sort_column: list.stableSort, sort_order: 'A' } : {}
}

/** `YYYY-MM-DDTHH:MM:SS+0000`: seconds, and an offset without a colon; a `Z` is refused. */
const zohoTime = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, '+0000')
