import { textOf } from '../json.ts'
import type { StoredRecord, World } from '../resource.ts'
import type { Store } from '../store.ts'
import type { Application } from './application.ts'
import { linesOf } from './lines.ts'

/** The records of a resource whose field names an id: the invoices of a sales order. */
export function linkedTo(id: string, resource: string, field: string, { store }: World): readonly StoredRecord[] {
  return indexOf(store, resource, field, ({ fields }) => [textOf(fields[field])]).get(id) ?? []
}

/** The records that settle one: the payments of an invoice. */
export function settlersOf(application: Application, id: string, { store }: World): readonly StoredRecord[] {
  const { resource, list, targetId } = application
  const targets = ({ fields }: StoredRecord) => linesOf(fields, list).map((entry) => textOf(entry[targetId]))
  return indexOf(store, resource, `${list}.${targetId}`, targets).get(id) ?? []
}

type Index = Map<string, StoredRecord[]>

// Lists of orders ask for every row; each index is made once for each state of the store.
const indexes = new WeakMap<Store, { version: number; byName: Map<string, Index> }>()

function indexOf(store: Store, resource: string, name: string, idsOf: (record: StoredRecord) => string[]): Index {
  const last = indexes.get(store)
  const current = last?.version === store.version ? last : { version: store.version, byName: new Map() }
  indexes.set(store, current)
  const known = current.byName.get(`${resource} ${name}`)
  if (known) return known
  const index: Index = new Map()
  for (const record of store.all(resource)) {
    for (const id of new Set(idsOf(record))) {
      const linked = index.get(id)
      if (linked) linked.push(record)
      else index.set(id, [record])
    }
  }
  current.byName.set(`${resource} ${name}`, index)
  return index
}
