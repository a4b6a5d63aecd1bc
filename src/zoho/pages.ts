import type { JsonObject } from '../../db/index.ts'
import type { Client } from './client.ts'
import { verifyEcho, verifyRows } from './echo.ts'
import { isJsonObject } from './envelope.ts'
import { zohoError } from './errors.ts'
import type { ListEndpoint, Page, PagesOptions, Reply } from './types.ts'

const perPage = '200'
const defaultMaxPages = 20_000

/**
 * The pages of a list, in order. It ends only after a page that said it is the last one; whatever else happens throws,
 * so that a list which was not read to its end is never taken for a complete one.
 * @throws TdsError `ZOHO_LIST_KEY`, `ZOHO_FILTER_IGNORED`, `ZOHO_ENDLESS_PAGES` and what `get` throws
 */
export async function* readPages(
  client: Pick<Client, 'get'>,
  endpoint: ListEndpoint,
  options: PagesOptions,
): AsyncGenerator<Page> {
  const { product, path } = endpoint
  const { purpose, bulk = false, signal, fromPage = 1, maxPages = defaultMaxPages } = options
  const endless = (why: string, page: number) => zohoError('ZOHO_ENDLESS_PAGES', endpoint, { detail: { why, page } })
  let before: string | undefined
  for (let page = fromPage; ; page++) {
    if (page - fromPage >= maxPages) throw endless('more pages than any list has', page)
    const query = { per_page: perPage, ...options.query, page: String(page) }
    const reply = await client.get({ product, path, query, purpose, bulk, signal })
    const rows = rowsOf(reply.body, endpoint)
    const hasMore = hasMorePages(reply.body, endpoint)
    verifyEcho(reply.body.page_context, { endpoint, query, expectSort: options.expectSort ?? true })
    verifyRows(rows, { endpoint, query })
    const ids = fingerprint(rows, endpoint)
    if (rows.length > 0 && ids === before) throw endless('the same rows as the page before', page)
    if (rows.length === 0 && hasMore) throw endless('an empty page that promises more', page)
    before = ids
    yield { rows, page, hasMore, readAt: reply.readAt, calls: reply.calls }
    if (!hasMore) return
  }
}

function rowsOf(body: Reply['body'], endpoint: ListEndpoint): readonly JsonObject[] {
  const keys = typeof endpoint.listKey === 'string' ? [endpoint.listKey] : endpoint.listKey
  const rows = keys.map((key) => body[key]).find((value) => value !== undefined)
  if (!Array.isArray(rows) || !rows.every(isJsonObject)) {
    throw zohoError('ZOHO_LIST_KEY', endpoint, { detail: { wanted: keys, found: Object.keys(body) } })
  }
  return rows
}

function hasMorePages(body: Reply['body'], endpoint: ListEndpoint): boolean {
  const context = body.page_context
  const hasMore = isJsonObject(context) ? context.has_more_page : undefined
  if (typeof hasMore === 'boolean') return hasMore
  if (context === undefined && !endpoint.paged) return false
  throw zohoError('ZOHO_LIST_KEY', endpoint, {
    detail: { wanted: ['page_context.has_more_page'], found: Object.keys(body) },
  })
}

function fingerprint(rows: readonly JsonObject[], { idKey }: ListEndpoint): string {
  return JSON.stringify(idKey === undefined ? rows : rows.map((row) => row[idKey] ?? row))
}
