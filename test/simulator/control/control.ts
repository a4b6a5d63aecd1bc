import type { ImageAccess } from '../api.ts'
import type { Automation } from '../automation.ts'
import type { CallLog } from '../calls.ts'
import type { Clock } from '../clock.ts'
import { resources } from '../entities/index.ts'
import type { FaultList } from '../fault-list.ts'
import { createImageControl, type ImageControl } from '../images/control.ts'
import { countExpectedImages, type ExpectedImages } from '../images/expected.ts'
import type { Fields } from '../json.ts'
import type { Limits } from '../limits.ts'
import type { OAuth } from '../oauth.ts'
import type { ChangeEvent, Organisation } from '../organisation.ts'
import type { PlaceStock, StoredRecord } from '../resource.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'

export interface Records {
  /** Ids in the order the records were made; optionally only those that pass a test. */
  ids(resource: string, test?: (record: StoredRecord) => boolean): string[]
  get(resource: string, id: string): StoredRecord
  create(resource: string, fields: Fields): StoredRecord
  /** Lays fields over a record; moves its modification time and tells webhooks, unless `silent`. */
  change(resource: string, id: string, fields: Fields, options?: { silent?: boolean }): StoredRecord
  delete(resource: string, id: string, options?: { silent?: boolean }): void
  /** Stock of an item at one location; the modification time stays. */
  setStock(id: string, stock: PlaceStock, options?: { webhook?: boolean }): StoredRecord
}

/** Everything a test may do to the simulated Zoho behind its API. The same over HTTP is in routes.ts. */
export interface Control {
  readonly records: Records
  readonly images: ImageControl & {
    setAccess(access: ImageAccess): void
    /** What a complete image sync of the organisation as it stands must end with. */
    expected(): ExpectedImages
  }
  readonly faults: FaultList
  readonly webhooks: Omit<Webhooks, 'announce' | 'close'> & {
    /** A webhook without a change. */
    announce(resource: string, id: string, event: ChangeEvent): void
  }
  readonly clock: Clock
  readonly limits: Limits
  readonly calls: Pick<CallLog, 'report' | 'latest' | 'reset'>
  readonly oauth: Pick<OAuth, 'expire' | 'refuse' | 'grantCode'>
  /** Webhooks and workflow rules as they were set up by API. */
  readonly automation: Pick<Automation, 'webhooks' | 'workflows' | 'change'>
  /** Numbers of records by resource, and what the organisation is. */
  summary(): Fields
  /** Everything back to the start: organisation, faults, limits, calls, webhooks, clock. Access tokens stay. */
  reset(): void
}

export interface ControlParts {
  organisation: Organisation
  clock: Clock
  limits: Limits
  calls: CallLog
  faults: FaultList
  oauth: OAuth
  webhooks: Webhooks
  automation: Automation
  setImageAccess(access: ImageAccess): void
}

export function createControl(parts: ControlParts): Control {
  const { organisation, clock, limits, calls, faults, oauth, webhooks, automation } = parts
  const { store } = organisation.world

  function reset(): void {
    faults.clear()
    webhooks.reset()
    automation.reset()
    clock.reset()
    limits.reset()
    oauth.reset()
    parts.setImageAccess('allowed')
    organisation.reset()
    calls.reset()
  }
  const announce = (resource: string, id: string, event: ChangeEvent) =>
    webhooks.announce({ event, resource: organisation.resource(resource), record: organisation.record(resource, id) })

  return {
    records: {
      ids: (resource, test = () => true) =>
        store
          .all(organisation.resource(resource).name)
          .filter(test)
          .map(({ id }) => id),
      get: organisation.record,
      create: organisation.create,
      change: organisation.change,
      delete: organisation.remove,
      setStock: organisation.setStock,
    },
    images: {
      ...createImageControl(organisation),
      setAccess: parts.setImageAccess,
      expected: () => countExpectedImages(store.all('items')),
    },
    faults,
    webhooks: {
      announce,
      get mode() {
        return webhooks.mode
      },
      set: webhooks.set,
      pending: webhooks.pending,
      deliver: webhooks.deliver,
      idle: webhooks.idle,
      log: webhooks.log,
      reset: webhooks.reset,
    },
    clock,
    limits,
    calls,
    oauth,
    automation,
    summary: () => summaryOf(organisation),
    reset,
  }
}

function summaryOf({ world }: Organisation): Fields {
  const { seed, anchorMs, organizationId, timeZone, places } = world.settings
  const count = (name: string) => world.store.all(name).length
  return {
    seed,
    anchor: new Date(anchorMs).toISOString(),
    organization_id: organizationId,
    time_zone: timeZone,
    places,
    records: Object.fromEntries(resources.map(({ name }) => [name, count(name)])),
    images: { ...countExpectedImages(world.store.all('items')) },
  }
}
