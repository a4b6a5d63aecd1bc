import { type ChildSet, type Entities, type Entity, tableOf } from '../../src/entities/index.ts'
import type { Fields, Json, Simulator, StoredRecord } from '../simulator/index.ts'

type Control = Simulator['control']

/** Records of each entity as they are in the simulated Zoho. */
export function countSource(entities: Entities, { control }: Simulator): ReadonlyMap<string, number> {
  return new Map(entities.list().map((entity) => [entity.name, countOne(entity, control)]))
}

function countOne(entity: Entity, control: Control): number {
  if (entity.lane === 'image') return control.images.expected().withImage
  if (entity.set) return stockRows(control)
  return recordsOf(entity, control).length
}

/** The simulator names its resources as Zoho names their lists; a list may ask for some of its records only. */
function recordsOf({ list }: Entity, { records }: Control): readonly StoredRecord[] {
  const resource = list?.path.split('/').at(-1) ?? ''
  const contactType = list?.query?.contact_type
  return records
    .ids(resource, ({ fields }) => contactType === undefined || fields.contact_type === contactType)
    .map((id) => records.get(resource, id))
}

/** A tracked item shows a stock at every location. */
function stockRows({ records }: Control): number {
  const tracked = records.ids('items', ({ fields }) => fields.item_type === 'inventory')
  return tracked.length * records.ids('locations').length
}

export interface LineTable {
  readonly table: string
  /** The table of the records they belong to. */
  readonly owner: string
  readonly inZoho: number
}

/** Every table of lines with their number in the simulated Zoho; a source that only fills lines has none of its own. */
export function countLines(entities: Entities, { control }: Simulator): readonly LineTable[] {
  return entities.list().flatMap((entity) => {
    const made = (entity.children ?? []).filter(({ mode }) => mode !== 'fill')
    const records = made.length > 0 ? recordsOf(entity, control) : []
    return made.map(({ table }) => ({ table, owner: tableOf(entity), inZoho: linesIn(records, table) }))
  })
}

/** Where the simulator keeps what is no line of a document. */
const keptUnder: Readonly<Record<ChildSet['table'], string>> = {
  composite_item_components: 'mapped_items',
  product_prices: 'pricebook_items',
  credit_note_invoices: 'invoices_credited',
  customer_payment_allocations: 'invoices',
  vendor_payment_allocations: 'bills',
}

function linesIn(records: readonly StoredRecord[], table: string): number {
  const lines = records.flatMap(({ fields }) => listOf(fields[keptUnder[table] ?? 'line_items']))
  return lines.map(rowsOf).reduce((sum, rows) => sum + rows, 0)
}

/** A price by volume has a row for each of its brackets. */
const rowsOf = (line: Json): number => Math.max(1, listOf(isFields(line) ? line.price_brackets : undefined).length)

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])

const isFields = (value: Json): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
