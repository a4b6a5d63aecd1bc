import { resources } from './entities/index.ts'
import type { Product } from './limits.ts'
import type { Resource, View } from './resource.ts'

export type Action = 'list' | 'detail' | 'bulk' | 'image'
export interface Route {
  readonly resource: Resource
  readonly view: View
  readonly action: Action
  /** Id of the record, for a detail or an image. */
  readonly id: string
}

export const bases: Record<Product, string> = { books: '/books/v3', inventory: '/inventory/v1' }

/** Which API a path belongs to, and the path within it. */
export function splitProduct(path: string): { product: Product; rest: string } | undefined {
  if (path.startsWith(`${bases.books}/`)) return { product: 'books', rest: path.slice(bases.books.length) }
  if (path.startsWith(`${bases.inventory}/`)) return { product: 'inventory', rest: path.slice(bases.inventory.length) }
  return undefined
}

/** What a path of a product asks for; undefined where Zoho has no such URL. */
export function findRoute(product: Product, rest: string): Route | undefined {
  for (const resource of resources) {
    const view = resource.views[product]
    if (!view) continue
    if (rest === view.path) return { resource, view, action: 'list', id: '' }
    if (rest === view.bulk?.path) return { resource, view, action: 'bulk', id: '' }
    if (!rest.startsWith(`${view.path}/`)) continue
    const [id = '', sub, more] = rest.slice(view.path.length + 1).split('/')
    if (more !== undefined || id === '') continue
    if (sub === undefined && view.detailKey) return { resource, view, action: 'detail', id }
    if (sub === 'image' && view.image) return { resource, view, action: 'image', id }
  }
  return undefined
}

/** Name of a call in the calls report. */
export const purposeOf = (route: Route | undefined): string =>
  route ? `${route.resource.name} ${route.action}` : 'unknown url'
