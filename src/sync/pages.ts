import type { Entity, ListView } from '../entities/index.ts'
import { TdsError } from '../errors.ts'
import type { ListEndpoint, Page, Zoho } from '../zoho/index.ts'
import type { Reading } from './reading.ts'

export interface PagesDeps {
  readonly zoho: Pick<Zoho, 'pages' | 'organization'>
  /** Configured path overrides by entity. */
  readonly paths: Readonly<Record<string, string>>
}

export interface ListRequest {
  readonly reading: Pick<Reading, 'query' | 'assumed'>
  readonly fromPage: number
  readonly isBulk: boolean
  /** What the calls are counted under. */
  readonly purpose: string
  readonly signal: AbortSignal
}

/** The pages of an entity's list, from its configured path or from the one this organisation knows. */
export async function* listPages(
  deps: PagesDeps,
  entity: Entity,
  list: ListView,
  { reading, fromPage, isBulk, purpose, signal }: ListRequest,
): AsyncGenerator<Page> {
  const override = deps.paths[entity.name]
  const paths = override ? [override] : [list.path, ...(list.fallbackPath ? [list.fallbackPath] : [])]
  const query = { ...list.query, ...reading.query }
  for (const [index, path] of paths.entries()) {
    const endpoint = endpointOf(entity, list, path, reading)
    try {
      yield* deps.zoho.pages(endpoint, { query, fromPage, purpose, bulk: isBulk, signal })
      return
    } catch (error) {
      if (!(error instanceof TdsError) || error.code !== 'ZOHO_NOT_FOUND' || index === paths.length - 1) throw error
    }
  }
}

function endpointOf(entity: Entity, list: ListView, path: string, { assumed }: Pick<Reading, 'assumed'>): ListEndpoint {
  return {
    product: list.product,
    path,
    listKey: list.keys,
    paged: list.paged,
    filters: Object.keys(assumed),
    ...(entity.id.fields[0] && { idKey: entity.id.fields[0] }),
  }
}
