import type { Clock } from './clock.ts'
import { resources } from './entities/index.ts'
import { type Fields, textOf } from './json.ts'
import type { Settings } from './options.ts'
import type { Effect, PlaceStock, Resource, StoredRecord, World } from './resource.ts'
import { createWorld } from './world.ts'

export type ChangeEvent = 'created' | 'edited' | 'deleted'
export interface Change {
  readonly event: ChangeEvent
  readonly resource: Resource
  readonly record: StoredRecord
}

/** The simulated company: its records, and the only ways to change them. */
export interface Organisation {
  readonly world: World
  resource(name: string): Resource
  /** The record, or an error that names what is missing. */
  record(resource: string, id: string): StoredRecord
  create(resource: string, fields: Fields): StoredRecord
  /** Lays fields over a record. Unless `silent`, the modification time moves and a webhook is due. */
  change(resource: string, id: string, fields: Fields, options?: { silent?: boolean }): StoredRecord
  remove(resource: string, id: string, options?: { silent?: boolean }): void
  /** Stock moves without a modification time and, unless `webhook`, without a word. */
  setStock(id: string, stock: PlaceStock, options?: { webhook?: boolean }): StoredRecord
  /** Calls the listener after each change that Zoho would tell a webhook. */
  onChange(listener: (change: Change) => void): void
  /** Back to the seed. */
  reset(): void
}

export function createOrganisation(settings: Settings, clock: Clock): Organisation {
  const { world, reseed } = createWorld(settings, clock.now)
  const { store, time } = world
  const listeners: ((change: Change) => void)[] = []
  const resource = (name: string) => found(resources, ({ name: known }) => known === name, `resource ${name}`)
  const nowStamp = () => ({ at: wholeSecond(clock.now()), stamp: time.stamp(clock.now()) })

  function record(name: string, id: string): StoredRecord {
    const known = store.get(resource(name).name, id)
    if (!known) throw new UnknownRecord(`there is no ${name} record ${id}`)
    return known
  }
  function tell(event: ChangeEvent, name: string, changed: StoredRecord): void {
    for (const listener of listeners) listener({ event, resource: resource(name), record: changed })
  }
  function change(name: string, id: string, fields: Fields, manner: Manner): StoredRecord {
    const changed = record(name, id)
    const { prepare, effects } = resource(name)
    const before = changed.fields
    const { at, stamp } = nowStamp()
    const whole = { ...before, ...(manner.moves ? { last_modified_time: stamp } : {}), ...fields }
    changed.fields = prepare?.(whole, world, fields) ?? whole
    changed.modifiedMs = time.parse(textOf(fields.last_modified_time)) ?? (manner.moves ? at : changed.modifiedMs)
    store.touch()
    if (manner.tells) tell('edited', name, changed)
    follow(effects?.(before, changed.fields, world), manner)
    return changed
  }
  function follow(effects: readonly Effect[] | undefined, manner: Manner): void {
    for (const { resource: name, id, fields } of effects ?? []) change(name, id, fields, manner)
  }

  return {
    world,
    resource,
    record,
    create(name, fields) {
      const { blank, idField, prepare, effects } = resource(name)
      const { at, stamp } = nowStamp()
      const id = textOf(fields[idField]) || world.nextId()
      const stamps = { created_time: stamp, last_modified_time: stamp }
      const whole = { ...blank, ...stamps, ...fields }
      const made = { id, fields: prepare?.(whole, world, fields) ?? whole, createdMs: at, modifiedMs: at }
      store.put(name, made)
      tell('created', name, made)
      follow(effects?.(undefined, made.fields, world), aloud)
      return made
    },
    change: (name, id, fields, { silent = false } = {}) => change(name, id, fields, silent ? unnoticed : aloud),
    remove(name, id, { silent = false } = {}) {
      const removed = record(name, id)
      store.remove(name, id)
      if (!silent) tell('deleted', name, removed)
      follow(resource(name).effects?.(removed.fields, undefined, world), { ...aloud, tells: !silent })
    },
    setStock(id, stock, { webhook = false } = {}) {
      const item = record('items', id)
      const place = record('locations', stock.locationId)
      const others = (item.stock ?? []).filter(({ locationId }) => locationId !== place.id)
      item.stock = [...others, { ...stock }]
      store.touch()
      if (webhook) tell('edited', 'items', item)
      return item
    },
    onChange: (listener) => void listeners.push(listener),
    reset: reseed,
  }
}

/** Whether a change moves the modification time, and whether webhooks hear of it. */
interface Manner {
  readonly moves: boolean
  readonly tells: boolean
}
const aloud: Manner = { moves: true, tells: true }
const unnoticed: Manner = { moves: false, tells: false }

function found<T>(among: readonly T[], test: (one: T) => boolean, name: string): T {
  const one = among.find(test)
  if (one === undefined) throw new UnknownRecord(`there is no ${name}`)
  return one
}

/** Somebody asked the control API for what does not exist. */
export class UnknownRecord extends Error {
  readonly code = 'unknown-record'
}

const wholeSecond = (at: number) => Math.floor(at / 1000) * 1000
