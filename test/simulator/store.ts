import type { StoredRecord } from './record.ts'

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

export function createStore(): Store {
  const tables = new Map<string, Map<string, StoredRecord>>()
  let version = 0

  function table(resource: string): Map<string, StoredRecord> {
    const known = tables.get(resource)
    if (known) return known
    const made = new Map<string, StoredRecord>()
    tables.set(resource, made)
    return made
  }

  return {
    get version() {
      return version
    },
    all: (resource) => [...table(resource).values()],
    get: (resource, id) => table(resource).get(id),
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
