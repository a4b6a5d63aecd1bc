import type { Tx } from '../../db/index.ts'
import type { Field, JsonObject } from './field.ts'

export type Product = 'books' | 'inventory'

/**
 * Everything that differs from one kind of Zoho record to the next. A file in this folder whose default export is an
 * Entity is the whole addition: intake, sync, writer, verify, statistics and CLI read it from the registry.
 */
export interface Entity {
  /** Table of the rows and `entity_type` everywhere. */
  readonly name: string
  /** Place in a full sync: parents before children. */
  readonly order: number
  /** The Zoho id in a document (the first of these keys it has) and its column. */
  readonly id: { readonly fields: readonly string[]; readonly column: string }
  /** Who takes its hints: readers of records, or the image loader. */
  readonly lane: 'read' | 'image'
  readonly webhook: {
    /** Last segments of the webhook's path: ours first, then Zoho's module names. */
    readonly modules: readonly string[]
    /** Keys under which a body may wrap the record. */
    readonly wrappers: readonly string[]
  }
  /** The list that shows every record; absent where the records are only found through another entity's. */
  readonly list?: ListView
  /** How one record is read again. */
  readonly read?: ReadPlan
  /** What a document of each view writes, by view name (`list`, `detail`). */
  readonly views: Readonly<Record<string, View>>
  /** Columns whose mass turn to zero or false in one run is held and asked about. */
  readonly guarded?: readonly string[]
  /** Foreign keys of ours, found by the Zoho id that the row carries. */
  readonly links?: readonly Link[]
  /** One document holds a set of rows (stock by location); the rows of one owner are replaced together. */
  readonly set?: RowSet
  /** More work that a written row asks for; runs in the transaction of the write. */
  readonly after?: (tx: Tx, written: readonly Written[]) => Promise<readonly FollowUp[]>
}

export interface ListView {
  readonly product: Product
  readonly path: string
  /** Tried when `path` answers 404: the name the same list has in other organisations. */
  readonly fallbackPath?: string
  readonly keys: readonly string[]
  readonly paged: boolean
  /** Sent with every page. */
  readonly query?: Readonly<Record<string, string>>
  /** A column that does not move while pages are read. */
  readonly stableSort?: string
  /** Name of the honoured "changed since" filter with ascending order by the same column. */
  readonly modifiedSince?: { readonly parameter: string; readonly sort: string }
  /** Rows that are not records, such as the synthetic root of categories. */
  readonly skip?: (row: JsonObject) => boolean
}

export type ReadPlan =
  | {
      readonly kind: 'bulk'
      readonly product: Product
      readonly path: string
      readonly parameter: string
      readonly keys: readonly string[]
      readonly size: number
      /** The call for one record; its 404 is what proves a deletion. */
      readonly single: { readonly path: (id: string) => string; readonly keys: readonly string[] }
      /** Entities that find their facts in the same document, in the order they are written. */
      readonly feeds: readonly string[]
    }
  /** No call for one record exists: the whole (small) list is read. */
  | { readonly kind: 'list' }

export interface View {
  readonly columns: Readonly<Record<string, Field>>
  /** Whether `zoho_data` becomes this document; a view that does not keep it never replaces one that does. */
  readonly keepsDocument: boolean
  /** Keys that change without a change of the record. */
  readonly volatile?: readonly string[]
}

export interface Link {
  readonly column: string
  /** Column of this table that holds the parent's Zoho id. */
  readonly reference: string
  readonly parent: string
  readonly parentKey: string
}

export interface RowSet {
  /** Column with the owner's Zoho id; `id.field` names it in the document. */
  readonly ownerColumn: string
  /** Column that tells the rows of one owner apart. */
  readonly keyColumn: string
  readonly keyField: Field
  /** The rows in a document, or undefined when it does not speak of them (then nothing is touched). */
  readonly rows: (document: JsonObject) => readonly JsonObject[] | undefined
}

export interface Written {
  readonly sourceEntityId: string
  readonly view: string
  /** Whether the row is new, changed or gone. */
  readonly change: 'inserted' | 'updated' | 'deleted'
}

export interface FollowUp {
  readonly entityType: string
  readonly sourceEntityId: string
}

export const defineEntity = (entity: Entity): Entity => Object.freeze(entity)
