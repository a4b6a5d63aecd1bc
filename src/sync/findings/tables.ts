import { type Entities, tableOf } from '../../entities/index.ts'

/** A table as rules see it: whose rows they are and which columns Zoho fills. */
export interface JudgedTable {
  readonly entity: string
  readonly table: string
  /** Column with the Zoho id of the record a row belongs to. */
  readonly owner: string
  /** Columns that tell a row of the record from its others. */
  readonly key: readonly string[]
  readonly columns: ReadonlySet<string>
  /** Rows that are records themselves, and not lines of one. */
  readonly isRecord: boolean
}

/** The tables of all entities and their children. Second sources make no rows, pictures have their own rule. */
export function judgedTables(entities: Pick<Entities, 'list'>): readonly JudgedTable[] {
  return entities
    .list()
    .filter(({ lane, joins }) => lane === 'read' && !joins)
    .flatMap((entity): JudgedTable[] => {
      const own: JudgedTable = {
        entity: entity.name,
        table: tableOf(entity),
        owner: entity.set?.ownerColumn ?? entity.id.column,
        key: entity.set ? [entity.set.keyColumn] : [],
        columns: new Set(Object.values(entity.views).flatMap(({ columns }) => Object.keys(columns))),
        isRecord: !entity.set,
      }
      const children = (entity.children ?? []).filter(({ mode }) => mode !== 'fill')
      return [
        own,
        ...children.map(
          ({ table, owner, key, columns }): JudgedTable => ({
            entity: entity.name,
            table,
            owner: owner.reference,
            key: Object.keys(key),
            columns: new Set(Object.keys(columns)),
            isRecord: false,
          }),
        ),
      ]
    })
}
