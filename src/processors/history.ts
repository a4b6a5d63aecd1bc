import type { Tx } from '../../db/index.ts'
import { type RowAction, type RowChange, recordRows } from '../audit/index.ts'
import type { ClaimedItem } from '../queue/index.ts'
import { capped } from './cap-values.ts'
import type { Moved, Values } from './compare-rows.ts'
import type { ReadDocument } from './types.ts'

/** A record whose change is noted: its table and Zoho's id, and the read that brought it. */
export interface Subject {
  readonly table: string
  readonly id: string
  readonly read?: Pick<ReadDocument, 'readAt'> | undefined
}

/** Rows of a record's set, such as lines, that came, went or changed. */
export interface SetChange {
  readonly table: string
  readonly added?: number
  readonly removed?: number
  readonly changed?: readonly { readonly id: string; readonly before: Values; readonly after: Values }[]
}

/**
 * What one batch does to the rows, gathered while it writes and written as one line a record. Rows that bulk work makes,
 * and what the first document of a view fills in, are no changes: a first full sync leaves the history empty.
 */
export interface History {
  inserted(subject: Subject, columns: Values): void
  moved(subject: Subject, moved: Moved, columns: Values): void
  deleted(subject: Subject, more: { readonly localId: number; readonly before: Values; readonly after: Values }): void
  set(subject: Subject, change: SetChange): void
  write(tx: Tx): Promise<void>
}

interface Line {
  readonly subject: Subject
  action: RowAction
  localId?: number
  modifiedAt?: unknown
  before: Values
  after: Values
  readonly sets: Map<string, Required<SetChange>>
}

export function createHistory(items: readonly ClaimedItem[]): History {
  const causes = new Map(items.map((item) => [item.sourceEntityId, item]))
  const lines = new Map<string, Line>()

  function lineOf(subject: Subject): Line {
    const key = `${subject.table}/${subject.id}`
    const line = lines.get(key) ?? { subject, action: 'row.updated', before: {}, after: {}, sets: new Map() }
    lines.set(key, line)
    return line
  }

  return {
    inserted(subject, columns) {
      const line = lineOf(subject)
      line.action = 'row.inserted'
      line.modifiedAt = columns.zoho_last_modified_at
    },
    moved(subject, { id, seen, restored, before, after }, columns) {
      const line = lineOf(subject)
      const names = Object.keys(after ?? {}).filter((name) => seen || restored || before?.[name] != null)
      line.localId = id
      line.modifiedAt = columns.zoho_last_modified_at
      line.before = { ...pick(before, names), ...line.before }
      line.after = { ...line.after, ...pick(after, names) }
      if (restored && line.action === 'row.updated') line.action = 'row.restored'
    },
    deleted(subject, { localId, before, after }) {
      const line = lineOf(subject)
      line.action = 'row.deleted'
      line.localId = localId
      line.before = { ...before, ...line.before }
      line.after = { ...line.after, ...after }
    },
    set(subject, change) {
      const { sets } = lineOf(subject)
      const held = sets.get(change.table)
      sets.set(change.table, {
        table: change.table,
        added: (held?.added ?? 0) + (change.added ?? 0),
        removed: (held?.removed ?? 0) + (change.removed ?? 0),
        changed: [...(held?.changed ?? []), ...(change.changed ?? [])],
      })
    },
    write: (tx) =>
      recordRows(
        tx,
        [...lines.values()].flatMap((line) => toChange(line, causes.get(line.subject.id) ?? items[0])),
      ),
  }
}

/** Nothing where a bulk of new records came, or where no reader would find a difference. */
function toChange(line: Line, item: ClaimedItem | undefined): RowChange[] {
  const { subject, action, sets } = line
  const inserted = action === 'row.inserted'
  if (inserted && item?.isBulk) return []
  const told = inserted
    ? []
    : [...sets.values()].filter(({ added, removed, changed }) => added + removed + changed.length)
  if (action === 'row.updated' && told.length === 0 && Object.keys(line.after).length === 0) return []
  const ofSets = Object.fromEntries(told.map((set) => [set.table, summary(set)]))
  return [
    {
      table: subject.table,
      id: subject.id,
      action,
      source: sourceOf(item),
      affected: told.reduce((sum, { added, removed, changed }) => sum + added + removed + changed.length, 1),
      before: inserted ? null : capped(line.before),
      after: inserted ? null : { ...capped(line.after), ...ofSets },
      cause: {
        run_id: item?.runId ?? null,
        queue_id: item?.id ?? null,
        entity_type: item?.entityType ?? null,
        local_id: line.localId ?? null,
        read_at: subject.read?.readAt ?? null,
        modified_at: line.modifiedAt ?? null,
      },
    },
  ]
}

const namedChanges = 20

/** Sets may have hundreds of rows: the first are told, the others counted. */
function summary({ added, removed, changed }: Required<SetChange>) {
  const named = changed.slice(0, namedChanges)
  return {
    added,
    removed,
    changed: named.map(({ id, before, after }) => ({ id, before: capped(before), after: capped(after) })),
    ...(changed.length > named.length && { more: changed.length - named.length }),
  }
}

const sourceOf = (item: ClaimedItem | undefined): string => {
  if (item?.runId != null) return 'run'
  return item?.cause ?? 'work'
}

const pick = (values: Values | null, names: readonly string[]): Values =>
  Object.fromEntries(names.map((name) => [name, values?.[name]]))
