import type { Clock } from './clock.ts'
import { resources } from './entities/index.ts'
import type { Fields } from './json.ts'
import type { Settings } from './options.ts'
import { createRandom } from './random.ts'
import type { PlaceStock, Resource, StoredRecord, World } from './resource.ts'
import { createStore } from './store.ts'
import { createOrganisationTime } from './time.ts'

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
  const store = createStore()
  const time = createOrganisationTime(settings.timeZone)
  const listeners: ((change: Change) => void)[] = []
  let lastId = firstId
  let idSteps = createRandom(settings.seed, 'ids')
  const world: World = {
    settings,
    time,
    store,
    random: (name) => createRandom(settings.seed, name),
    nextId() {
      // Zoho's ids have one prefix and small gaps: as JavaScript numbers, neighbours would be equal.
      lastId += BigInt(idSteps.integer(2, 40))
      return String(lastId)
    },
  }

  function reset(): void {
    store.clear()
    lastId = firstId
    idSteps = createRandom(settings.seed, 'ids')
    for (const resource of resources) for (const record of resource.seed(world)) store.put(resource.name, record)
  }
  function resourceNamed(name: string): Resource {
    const found = resources.find((resource) => resource.name === name)
    if (!found) throw new UnknownRecord(`there is no resource ${name}; known are ${resources.map((r) => r.name)}`)
    return found
  }
  function recordOf(resource: string, id: string): StoredRecord {
    const found = store.get(resourceNamed(resource).name, id)
    if (!found) throw new UnknownRecord(`there is no ${resource} record ${id}`)
    return found
  }
  function tell(event: ChangeEvent, resource: string, record: StoredRecord): void {
    for (const listener of listeners) listener({ event, resource: resourceNamed(resource), record })
  }
  function stamp(record: StoredRecord): void {
    record.modifiedMs = wholeSecond(clock.now())
    record.fields.last_modified_time = time.stamp(record.modifiedMs)
  }

  reset()
  return {
    world,
    resource: resourceNamed,
    record: recordOf,
    create(name, fields) {
      const resource = resourceNamed(name)
      const at = wholeSecond(clock.now())
      const given = fields[resource.idField]
      const id = typeof given === 'string' ? given : world.nextId()
      const stamps = { created_time: time.stamp(at), last_modified_time: time.stamp(at) }
      const record: StoredRecord = {
        id,
        fields: { ...resource.blank, ...stamps, ...fields },
        createdMs: at,
        modifiedMs: at,
      }
      store.put(name, record)
      tell('created', name, record)
      return record
    },
    change(name, id, fields, { silent = false } = {}) {
      const record = recordOf(name, id)
      if (!silent) stamp(record)
      Object.assign(record.fields, fields)
      const given = fields.last_modified_time
      if (typeof given === 'string') record.modifiedMs = time.parse(given) ?? record.modifiedMs
      store.touch()
      if (!silent) tell('edited', name, record)
      return record
    },
    remove(name, id, { silent = false } = {}) {
      const record = recordOf(name, id)
      store.remove(name, id)
      if (!silent) tell('deleted', name, record)
    },
    setStock(id, stock, { webhook = false } = {}) {
      const record = recordOf('items', id)
      if (!store.get('locations', stock.locationId)) throw new UnknownRecord(`there is no location ${stock.locationId}`)
      const others = (record.stock ?? []).filter(({ locationId }) => locationId !== stock.locationId)
      record.stock = [...others, { ...stock }]
      store.touch()
      if (webhook) tell('edited', 'items', record)
      return record
    },
    onChange(listener) {
      listeners.push(listener)
    },
    reset,
  }
}

/** Somebody asked the control API for what does not exist. */
export class UnknownRecord extends Error {
  readonly code = 'unknown-record'
}

const firstId = 4_873_910_000_000_100_000n
const wholeSecond = (at: number) => Math.floor(at / 1000) * 1000
