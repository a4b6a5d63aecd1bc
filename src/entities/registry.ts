import { readdir } from 'node:fs/promises'
import { z } from 'zod'
import { TdsError } from '../errors.ts'
import type { Entity } from './entity.ts'

export interface Entities {
  /** In the order of a full sync. */
  list(): readonly Entity[]
  /** @throws TdsError `ENTITY_UNKNOWN` */
  get(name: string): Entity
  find(name: string): Entity | undefined
  /** By the last segment of a webhook's path, aliases included. */
  byModule(module: string): Entity | undefined
}

/** Reads every entity file of this folder: adding one is adding a file. */
export async function loadEntities(): Promise<Entities> {
  const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith('.ts') && !notEntities.has(file))
  const modules = await Promise.all(files.toSorted().map((file) => import(`./${file}`)))
  return createEntities(modules.map((module, index) => checked(module.default, files[index] ?? '')))
}

const notEntities = new Set(['entity.ts', 'field.ts', 'map.ts', 'index.ts', 'registry.ts', 'item-details.ts'])

const shape = z.looseObject({
  name: z.string().regex(/^[a-z_]+$/),
  order: z.number(),
  id: z.object({ fields: z.array(z.string()).min(1), column: z.string().startsWith('zoho_') }),
  lane: z.enum(['read', 'image']),
  webhook: z.object({ modules: z.array(z.string()).min(1), wrappers: z.array(z.string()) }),
  views: z.record(z.string(), z.looseObject({ columns: z.record(z.string(), z.unknown()) })),
})

function checked(candidate: unknown, file: string): Entity {
  const result = shape.safeParse(candidate)
  if (!result.success) {
    throw new TdsError(
      'ENTITY_INVALID',
      'permanent',
      `src/entities/${file} is no entity: ${z.prettifyError(result.error)}`,
    )
  }
  // The shape check covers what a wrong file gets wrong; defineEntity checked the types when it was written.
  return candidate as Entity
}

export function createEntities(entities: readonly Entity[]): Entities {
  const ordered = entities.toSorted((a, b) => a.order - b.order)
  const byName = new Map(ordered.map((entity) => [entity.name, entity]))
  const byModule = new Map(ordered.flatMap((entity) => entity.webhook.modules.map((module) => [module, entity])))
  return {
    list: () => ordered,
    find: (name) => byName.get(name),
    byModule: (module) => byModule.get(module.toLowerCase()),
    get(name) {
      const entity = byName.get(name)
      if (!entity)
        throw new TdsError(
          'ENTITY_UNKNOWN',
          'input',
          `There is no entity ${name}; known: ${[...byName.keys()].join(', ')}`,
          { status: 404 },
        )
      return entity
    },
  }
}
