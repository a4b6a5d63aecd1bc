import type { Moved } from './compare-rows.ts'
import type { History, Subject } from './history.ts'

/** A row of a set that a write touched. */
export interface TouchedRow {
  readonly key: Readonly<Record<string, string>>
  readonly inserted: boolean
  readonly moved?: Moved | undefined
}

export interface SetNote {
  readonly table: string
  /** The key column that names the owner. */
  readonly ownerKey: string
  /** Undefined: nothing of this owner is noted. */
  readonly subjectOf: (owner: string) => Subject | undefined
  readonly touched: readonly TouchedRow[]
  /** The owner of each row that was removed, once a row. */
  readonly removed: readonly string[]
}

/** What became of sets of rows, told of the records they belong to. */
export function noteSets(history: History, { table, ownerKey, subjectOf, touched, removed }: SetNote): void {
  for (const { key, inserted, moved } of touched) {
    const subject = subjectOf(key[ownerKey] ?? '')
    if (!subject) continue
    const { before, after } = moved ?? {}
    if (inserted || moved?.restored) history.set(subject, { table, added: 1 })
    else if (before && after) history.set(subject, { table, changed: [{ id: idOf(key, ownerKey), before, after }] })
  }
  for (const owner of removed) {
    const subject = subjectOf(owner)
    if (subject) history.set(subject, { table, removed: 1 })
  }
}

/** What tells a row from its neighbours in the set. */
const idOf = (key: Readonly<Record<string, string>>, ownerKey: string): string =>
  Object.entries(key)
    .filter(([name]) => name !== ownerKey)
    .map(([, value]) => value)
    .join('/')
