import { type Fields, isFields, type Json } from './json.ts'
import { hash } from './random.ts'
import type { World } from './resource.ts'

/** The id of something the organisation always had and no list shows: a user, an account, a payment term. */
export const fixedId = ({ settings }: World, name: string): string =>
  `${settings.organizationId}${String(hash(name)).padStart(10, '0')}`

/** Lines of a document, each with an id of its own: those that a test gave without one get one. */
export function withIds(lines: Json | undefined, idField: string, world: World): Json[] {
  if (!Array.isArray(lines)) return []
  return lines.map((line) => (isFields(line) ? withId(line, idField, world) : line))
}

/** The same for one object. */
export function withId(fields: Fields, idField: string, world: World): Fields {
  return fields[idField] ? fields : { [idField]: world.nextId(), ...without(fields, idField) }
}

function without(fields: Fields, key: string): Fields {
  const { [key]: _blank, ...rest } = fields
  return rest
}
