import { sql } from '../../../db/index.ts'
import type { Entity } from '../../entities/index.ts'
import { TdsError } from '../../errors.ts'
import { type Product, scopeOf } from '../../zoho/index.ts'
import { readOnly } from '../read-only.ts'
import { type Check, type DoctorDeps, type Finding, ok } from '../types.ts'
import { isFinding, type ProbeTarget, probe, refusal } from './zoho-words.ts'

/** Each list and each way of reading one record, once, with one row: what the token's scopes and its user's role open. */
export const endpoints: Check = {
  name: 'endpoints',
  needs: 'online',
  anchor: 'zoho-token',
  async look(deps) {
    const findings: Finding[] = []
    const ids = new Map<string, string>()
    // What keeps one call from being made keeps the others as well: the first that is skipped ends it.
    const isOver = () => deps.signal.aborted || findings.at(-1)?.verdict === 'skipped'
    for (const entity of deps.entities.list())
      if (entity.list && !isOver()) findings.push(await lookAtList(entity, entity.list, deps, ids))
    for (const target of await detailTargets(deps, ids)) if (!isOver()) findings.push(await lookAt(target, deps))
    return findings
  },
}

async function lookAtList(
  entity: Entity,
  list: NonNullable<Entity['list']>,
  deps: DoctorDeps,
  ids: Map<string, string>,
): Promise<Finding> {
  const paths = [deps.config.zoho.paths[entity.name] ?? list.path, ...(list.fallbackPath ? [list.fallbackPath] : [])]
  for (const [index, path] of paths.entries()) {
    const what = `${entity.name}: ${list.product} ${path}`
    const scope = scopeOf(list.product, path)
    try {
      const reply = await probe(deps, { product: list.product, path, query: { per_page: '1' } })
      if (isFinding(reply)) return reply
      const rows = list.keys.map((key) => reply.body[key]).find(Array.isArray)
      if (rows === undefined)
        return refusal(
          new TdsError('ZOHO_LIST_KEY', 'transient', `it has none of ${list.keys.join(', ')}`),
          what,
          scope,
        )
      remember(entity, rows, ids)
      return ok(`${what} answers${scope ? `; ${scope}` : ''}`)
    } catch (error) {
      const isAbsent = error instanceof TdsError && error.code === 'ZOHO_NOT_FOUND'
      if (!isAbsent || index === paths.length - 1) return refusal(error, what, scope)
    }
  }
  return ok(entity.name)
}

function remember(entity: Entity, rows: readonly unknown[], ids: Map<string, string>): void {
  const row = rows[0] as Record<string, unknown> | undefined
  const id = row && entity.id.fields.map((field) => row[field]).find((value) => value !== undefined)
  if (id !== undefined) ids.set(entity.name, String(id))
}

interface Target extends ProbeTarget {
  readonly what: string
  readonly scopePath: string
}

/** Reading by a hundred, price lists one by one, and pictures have calls of their own. */
async function detailTargets(deps: DoctorDeps, ids: ReadonlyMap<string, string>): Promise<readonly Target[]> {
  const targets = new Map<string, Target>()
  for (const { name, read, details } of deps.entities.list()) {
    const id = ids.get(name)
    if (id === undefined || !read || read.kind === 'list') continue
    const { product } = read
    if (read.kind === 'bulk') add(targets, { product, path: read.path, query: { [read.parameter]: id }, what: name })
    else if (details?.when === 'always') add(targets, { product, path: read.path(id), what: name })
  }
  const picture = await firstPicture(deps)
  if (picture !== undefined) {
    for (const { name } of deps.entities.list().filter(({ lane }) => lane === 'image'))
      add(targets, {
        product: 'inventory',
        path: `/items/${picture}/image`,
        query: { preview: 'true' },
        fileMaxBytes: deps.config.images.maxBytes,
        what: name,
      })
  }
  return [...targets.values()]
}

function add(targets: Map<string, Target>, target: ProbeTarget & { readonly what: string }): void {
  const key = `${target.product} ${target.path}`
  if (!targets.has(key)) targets.set(key, { ...target, what: `${target.what}: ${key}`, scopePath: target.path })
}

/** A record that is known to have one: without, the answer would be 404 whatever the scope. */
async function firstPicture({ db }: DoctorDeps): Promise<string | undefined> {
  const { rows } = await readOnly(db, (tx) =>
    sql<{
      id: string
    }>`select zoho_item_id as id from product_images where status = 'present' order by zoho_item_id limit 1`.execute(
      tx,
    ),
  )
  return rows[0]?.id
}

async function lookAt({ what, scopePath, ...target }: Target, deps: DoctorDeps): Promise<Finding> {
  const scope = scopeOf(target.product, scopePath)
  try {
    const reply = await probe(deps, target)
    return isFinding(reply) ? reply : ok(`${what} answers${scope ? `; ${scope}` : ''}`)
  } catch (error) {
    return refusal(error, what, scope)
  }
}

/** Every scope that the configured entities need, for whoever makes a token. */
export function scopesNeeded(entities: readonly Entity[]): readonly string[] {
  const paths: readonly (readonly [Product, string])[] = entities.flatMap(({ list, read, lane }) => [
    ...(list ? [[list.product, list.path] as const] : []),
    ...(read && read.kind !== 'list'
      ? [[read.product, read.kind === 'bulk' ? read.path : read.path('1')] as const]
      : []),
    ...(lane === 'image' ? [['inventory', '/items/1/image'] as const] : []),
  ])
  const scopes = [['books', '/organizations'] as const, ...paths].map(([product, path]) => scopeOf(product, path))
  return [...new Set(scopes.filter((scope) => scope !== undefined))].toSorted()
}
