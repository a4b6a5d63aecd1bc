import type { Picture } from './images/picture.ts'
import { contentTypeOf } from './images/picture.ts'
import type { Fields } from './json.ts'
import type { createListing, ListFault } from './listing.ts'
import type { OAuth } from './oauth.ts'
import type { Organisation } from './organisation.ts'
import { errors, failure, ok, type Reply } from './replies.ts'
import type { View } from './resource.ts'
import type { Route } from './router.ts'

export interface ApiRequest {
  readonly method: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  readonly route: Route | undefined
}

/** How reading images is answered: served, or refused for want of a scope. */
export type ImageAccess = 'allowed' | 'refused-401' | 'refused-200'

export interface ApiOptions {
  organisation: Organisation
  oauth: OAuth
  listing: ReturnType<typeof createListing>
  render: (picture: Picture, preview: boolean) => Promise<Buffer>
  imageAccess: () => ImageAccess
}

export interface Api {
  /** The error for a call that Zoho would not even look at. */
  refuse(request: ApiRequest): Reply | undefined
  /** The answer to a call that may pass. */
  answer(request: ApiRequest, fault: ListFault): Promise<Reply>
}

export function createApi({ organisation, oauth, listing, render, imageAccess }: ApiOptions): Api {
  const { world } = organisation

  function refuse({ authorization, route, query }: ApiRequest): Reply | undefined {
    const token = /^Zoho-oauthtoken (\S+)$/.exec(authorization ?? '')?.[1]
    if (token === undefined) return errors.unauthenticated()
    if (!oauth.accepts(token)) return errors.unauthorized()
    if (route?.view.needsOrganization === false) return undefined
    const organizationId = query.get('organization_id')
    if (!organizationId) return errors.noOrganization()
    return organizationId === world.settings.organizationId ? undefined : errors.wrongOrganization(organizationId)
  }

  async function answer(request: ApiRequest, fault: ListFault): Promise<Reply> {
    const { route, query, method } = request
    if (!route || route.view.enabled?.(world.settings) === false) return errors.unknownUrl()
    if (method !== 'GET') return errors.badMethod()
    if (route.action === 'list') return listing(route.resource, route.view, query, fault)
    if (route.action === 'bulk') return bulk(route, query)
    if (route.action === 'image') return image(route, query)
    return detail(route)
  }

  function detail({ resource, view, id }: Route): Reply {
    const record = world.store.get(resource.name, id)
    if (!record || !view.detail || !view.detailKey) return errors.missing(resource.label)
    return ok({ [view.detailKey]: view.detail(record, world) })
  }

  // Ids nobody has are left out, as bulk reads of Zoho are understood to do.
  function bulk({ resource, view }: Route, query: URLSearchParams): Reply {
    const given = query.get(view.bulk?.parameter ?? '') ?? ''
    const ids = [...new Set(given.split(',').filter((id) => id !== ''))]
    if (ids.length === 0 || ids.length > (view.bulk?.most ?? 0)) return errors.badValue(view.bulk?.parameter ?? '')
    const records = ids.flatMap((id) => world.store.get(resource.name, id) ?? [])
    const rows = records.flatMap((record) => view.detail?.(record, world) ?? [])
    return ok({ [view.listKey]: rows, ...(view.bulk?.paged ? { page_context: bulkContext(view) } : {}) })
  }

  async function image({ resource, id }: Route, query: URLSearchParams): Promise<Reply> {
    if (imageAccess() === 'refused-401') return errors.unauthorized()
    if (imageAccess() === 'refused-200') return failure(200, 57, 'You are not authorized to perform this operation')
    const record = world.store.get(resource.name, id)
    if (!record) return errors.missing(resource.label)
    if (!record.picture) return errors.missing('Image')
    const bytes = await render(record.picture, query.get('preview') === 'true')
    return { status: 200, bytes, contentType: contentTypeOf[record.picture.kind] }
  }

  return { refuse, answer }
}

const bulkContext = (view: View): Fields => ({
  page: 1,
  per_page: 200,
  has_more_page: false,
  report_name: view.reportName ?? '',
  sort_order: 'A',
})
