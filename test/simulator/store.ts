import type { Kind, StoredRecord } from './record.ts'

/** The records of every resource, in the order they were made. */
export interface Store {
  /** Changes with every write: lists that were sorted before are stale when it moved. */
  readonly version: number
  all(resource: string): readonly StoredRecord[]
  get(resource: string, id: string): StoredRecord | undefined
  put(resource: string, record: StoredRecord): void
  remove(resource: string, id: string): boolean
  /** Says that a record was changed in place. */
  touch(): void
  clear(): void
}

/** A store; `kinds` names the resources whose records are kept among those of another one. */
export function createStore(kinds: ReadonlyMap<string, Kind> = new Map()): Store {
  const tables = new Map<string, Map<string, StoredRecord>>()
  let version = 0

  function table(resource: string): Map<string, StoredRecord> {
    const name = kinds.get(resource)?.resource ?? resource
    const known = tables.get(name)
    if (known) return known
    const made = new Map<string, StoredRecord>()
    tables.set(name, made)
    return made
  }

  return {
    get version() {
      return version
    },
    all(resource) {
      const records = [...table(resource).values()]
      const kind = kinds.get(resource)
      return kind ? records.filter(kind.includes) : records
    },
    get(resource, id) {
      const record = table(resource).get(id)
      return record && kinds.get(resource)?.includes(record) === false ? undefined : record
    },
    put(resource, record) {
      version++
      table(resource).set(record.id, record)
    },
    remove(resource, id) {
      version++
      return table(resource).delete(id)
    },
    touch() {
      version++
    },
    clear() {
      version++
      tables.clear()
    },
  }
}
