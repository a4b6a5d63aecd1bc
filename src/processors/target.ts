import {
  type ChildSet,
  detailViewOf,
  type Entity,
  type Field,
  type Link,
  listViewOf,
  type RowSet,
  tableOf,
  type View,
  viewOf,
} from '../entities/index.ts'

/** Where documents of one view go: everything an upsert must know of the table, its owner and its neighbours. */
export interface Target {
  readonly table: string
  readonly viewName: string
  readonly view: View
  /** Key columns and their types. */
  readonly keys: Readonly<Record<string, Field['type']>>
  readonly links: readonly Link[]
  /** Other views and the columns they share with this one: their hashes no longer hold when one of those changes. */
  readonly neighbours: readonly { readonly view: string; readonly shared: readonly string[] }[]
  /** Views that keep their document; while the row has one of them, no other replaces it. */
  readonly keepers: readonly string[]
  /** Whether the newer document wins here, or whoever wrote the owner decided already. */
  readonly order: 'newest' | 'decided'
  readonly readAtColumn: string
  readonly documentColumn: string
  /** A second source neither raises the dead nor says when the record was read. */
  readonly isJoined: boolean
  readonly due?: Due
}

/** The column that remembers whether the document behind a list row must still be read. */
export interface Due {
  readonly column: string
  /** Whether this view asks for the document or is it. */
  readonly role: 'asks' | 'answers'
}

export function targetOf(entity: Entity, viewName: string): Target {
  const view = viewOf(entity, viewName)
  const others = Object.entries(entity.views).filter(([name]) => name !== viewName)
  return {
    table: tableOf(entity),
    viewName,
    view,
    keys: keysOf(entity),
    links: entity.links ?? [],
    neighbours: others.map(([name, other]) => ({ view: name, shared: sharedColumns(view, other) })),
    keepers: Object.entries(entity.views).flatMap(([name, each]) => (each.keepsDocument ? [name] : [])),
    order: 'newest',
    readAtColumn: entity.joins?.readAtColumn ?? 'zoho_read_at',
    documentColumn: entity.joins?.documentColumn ?? 'zoho_data',
    isJoined: entity.joins !== undefined,
    ...dueOf(entity, viewName),
  }
}

/** The children's table; the owner's foreign key is found like any other. */
export function childTargetOf(entity: Entity, child: ChildSet, viewName: string): Target {
  const { reference, column } = child.owner
  const keyTypes = Object.entries(child.key).map(([name, field]) => [name, field.type] as const)
  return {
    table: child.table,
    viewName,
    view: { columns: child.columns, keepsDocument: true },
    keys: { [reference]: 'text', ...Object.fromEntries(keyTypes) },
    links: [{ column, reference, parent: tableOf(entity), parentKey: entity.id.column }, ...(child.links ?? [])],
    neighbours: [],
    keepers: [viewName],
    order: 'decided',
    readAtColumn: 'zoho_read_at',
    documentColumn: 'zoho_data',
    isJoined: false,
  }
}

const keysOf = ({ id, set }: Entity): Target['keys'] => (set ? setKeys(set) : { [id.column]: 'text' })

const setKeys = ({ ownerColumn, keyColumn }: RowSet): Target['keys'] => ({ [ownerColumn]: 'text', [keyColumn]: 'text' })

const sharedColumns = (a: View, b: View): string[] => Object.keys(a.columns).filter((column) => column in b.columns)

function dueOf(entity: Entity, viewName: string): { due?: Due } {
  if (entity.details?.when !== 'changed') return {}
  const column = entity.details.dueColumn ?? 'detail_due'
  if (viewName === detailViewOf(entity)) return { due: { column, role: 'answers' } }
  return viewName === listViewOf(entity) ? { due: { column, role: 'asks' } } : {}
}
