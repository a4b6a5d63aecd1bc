import type { Db, Tx } from '../../db/index.ts'
import type { Field, FieldContext, JsonObject } from './field.ts'

export type Product = 'books' | 'inventory'

/**
 * Everything that differs from one kind of Zoho record to the next. A file in this folder whose default export is an
 * Entity is the whole addition: intake, sync, writer, verify, statistics and CLI read it from the registry.
 */
export interface Entity {
  /** `entity_type` everywhere, and the table of the rows unless it joins another entity's. */
  readonly name: string
  /** A second source of another entity's rows. */
  readonly joins?: Join
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
    /** Which module of Zoho's workflow rules tells of it; absent where none does, or another entity's does. */
    readonly rule?: WebhookRule
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
  /** Lines and the like: sets of rows of their own tables that live and die with the record. */
  readonly children?: readonly ChildSet[]
  /** Whether a document is one of ours, where one call answers for two tables; one that is not is gone from this one. */
  readonly accepts?: (document: JsonObject) => boolean
  /** How the documents behind the list rows are brought here, where each costs a call. */
  readonly details?: Details
  /** What moves without a modification time: values in the list rows, or what only details show. */
  readonly sweep?: 'list' | 'details'
  /** When it is read, by the organisation's clock. A row `schedule.<name>.<mode>` in `tds_configuration` overrides a line. */
  readonly timetable?: readonly { readonly mode: SyncMode; readonly cron: string }[]
  /** Sums and the like that must agree within the mirror. */
  readonly checks?: readonly Check[]
  /** More work that a written row asks for; runs in the transaction of the write. */
  readonly after?: (tx: Tx, written: readonly Written[]) => Promise<readonly FollowUp[]>
}

export interface WebhookRule {
  readonly product: Product
  /** As Zoho's API names the module. */
  readonly entity: string
  /** As Zoho's pages name it. */
  readonly label: string
}

/**
 * `full` sees every record and finds deletions; `incremental` what changed; `sweep` what moves without a time; `images`
 * pictures; `backfill` the documents behind older list rows.
 */
export type SyncMode = 'full' | 'incremental' | 'sweep' | 'images' | 'backfill'

export interface ListView {
  readonly product: Product
  /** Which of the entity's views a row is. @default list */
  readonly view?: string
  readonly path: string
  /** Tried when `path` answers 404: the name the same list has in other organisations. */
  readonly fallbackPath?: string
  readonly keys: readonly string[]
  readonly paged: boolean
  /** Sent with every page. */
  readonly query?: Readonly<Record<string, string>>
  /** A column that does not move while pages are read. */
  readonly stableSort?: string
  /**
   * Name of the "changed since" filter, and the column that sorts by the same time where there is one. Whether it is
   * honoured is tested before it is trusted.
   */
  readonly modifiedSince?: { readonly parameter: string; readonly sort?: string }
  /** Column that sorts by modification time, for lists without the filter: read newest first down to the known. */
  readonly fence?: string
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
      /** Which view its documents are. @default detail */
      readonly view?: string
      /** The call for one record; its 404 is what proves a deletion. */
      readonly single: { readonly path: (id: string) => string; readonly keys: readonly string[] }
      /** Entities that find their facts in the same document, in the order they are written. */
      readonly feeds: readonly string[]
    }
  | {
      /** One call a record. */
      readonly kind: 'single'
      readonly product: Product
      readonly path: (id: string) => string
      readonly keys: readonly string[]
      /** @default detail */
      readonly view?: string
      /** As in `bulk`. @default the entity alone */
      readonly feeds?: readonly string[]
    }
  /** No call for one record exists: the whole (small) list is read. */
  | { readonly kind: 'list' }

export interface View {
  readonly columns: Readonly<Record<string, Field>>
  /** Whether `zoho_data` becomes this document; a view that does not keep it never replaces one that does. */
  readonly keepsDocument: boolean
  /** Keys that change without a change of the record; `invoices.balance` is that key of the parts under `invoices`. */
  readonly volatile?: readonly string[]
}

/**
 * The owner creates, deletes and tombstones the rows; a joined source only fills columns of its own, in the order of its
 * own reads. A row it meets first is made, and the owner's read asked for.
 */
export interface Join {
  readonly entity: string
  /** timestamptz column: start of the read that wrote our columns. */
  readonly readAtColumn: string
  /** jsonb column: the last document of this source. */
  readonly documentColumn: string
  /** timestamptz column: when this source says the record was modified, where it says so. */
  readonly modifiedAtColumn?: string
}

/** Rows of one record in a table of their own, replaced together whenever a document that names them is written. */
export interface ChildSet {
  readonly table: string
  /** Column with the owner's Zoho id, and the foreign key to the owner's row. */
  readonly owner: { readonly reference: string; readonly column: string }
  /** What tells the children of one owner apart: columns that are never null. */
  readonly key: Readonly<Record<string, Field>>
  /** The children in a document, or undefined when it does not speak of them (then nothing is touched). */
  readonly rows: (document: JsonObject, context: FieldContext) => readonly JsonObject[] | undefined
  readonly columns: Readonly<Record<string, Field>>
  readonly links?: readonly Link[]
  /** A document that would empty the set, or take much of the table, is held and asked about. @default false */
  readonly guarded?: boolean
  /** A joined source fills columns of lines that are there and neither makes nor removes any. @default replace */
  readonly mode?: 'replace' | 'fill'
}

export interface Details {
  /**
   * `changed`: read when the list row's modification time moved (or anything, in lists without one); the boolean
   * `dueColumn` remembers it. `always`: a few records, read in every full run and sweep.
   */
  readonly when: 'changed' | 'always'
  /** @default detail_due */
  readonly dueColumn?: string
  /** Column that tells recent records from history: a full run reads the recent ones, the backfill the rest. */
  readonly age?: string
}

/** A rule over our own rows; whoever breaks it is a finding of `verify`, never an error of the sync. */
export interface Check {
  /** A stable word: `total`, `allocation`, `balance`. */
  readonly name: string
  /** What must hold, in words. */
  readonly rule: string
  /** A `warning` where Zoho itself may break the rule with what is not mirrored. @default error */
  readonly severity?: 'error' | 'warning'
  /** Rows that break it, lowest id first. */
  readonly find: (db: Db, limit: number) => Promise<readonly Contradiction[]>
}

export interface Contradiction {
  readonly source_entity_id: string
  /** Both as decimal text with their currency or unit where they have one. */
  readonly expected: string
  readonly found: string
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
  /** As in `ChildSet`. */
  readonly guarded?: boolean
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
  /** Only worth a call of its own where live work caused it; a full sync reads the record anyway. @default false */
  readonly onlyLive?: boolean
}

/** The table an entity writes. */
export const tableOf = ({ name, joins }: Pick<Entity, 'name' | 'joins'>): string => joins?.entity ?? name

/** The column that holds the modification time this source tells. */
export const modifiedAtColumnOf = ({ joins }: Entity): string => joins?.modifiedAtColumn ?? 'zoho_last_modified_at'

/** The view a list row of this entity is. */
export const listViewOf = ({ list }: Entity): string => list?.view ?? 'list'

/** The view a document read for one record is. */
export const detailViewOf = ({ read }: Entity): string =>
  (read && read.kind !== 'list' ? read.view : undefined) ?? 'detail'

export const defineEntity = (entity: Entity): Entity => Object.freeze(entity)
