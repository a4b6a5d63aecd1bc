import type { Simulator } from '../simulator/index.ts'
import { type Fields, isFields } from '../simulator/json.ts'
import { type Change, type Resource, resources } from './histories.ts'

/** What happened to which record; undefined where there was nothing to change. */
export interface Changed {
  readonly resource: Resource
  readonly id: string
}

/** Deleted records, for those that come back under their old id. */
export interface Grave {
  readonly resource: Resource
  readonly id: string
  readonly fields: Fields
}

/** Changes the simulated Zoho as its users would. */
export function createChanger({ control: { records } }: Simulator) {
  const graves: Grave[] = []
  return { make, again }

  function make({ kind, resource, pick, value, silent }: Change): Changed | undefined {
    switch (kind) {
      case 'create':
        return { resource, id: records.create(resource, created(resource, pick, value)).id }
      case 'delete':
        return remove(resource, pick, value % 4 === 0)
      case 'recreate':
        return resurrect(pick, value)
      case 'stock':
        return moveStock(pick, value)
      case 'switch':
        return switchRole(pick)
      case 'edit':
        return edit(resource, pick, value, silent)
    }
  }

  /** Another edit of the same record. */
  function again({ resource, id }: Changed, value: number): void {
    if (records.ids(resource).includes(id)) records.change(resource, id, edited(resource, id, value))
  }

  function edit(resource: Resource, pick: number, value: number, silent: boolean): Changed | undefined {
    const id = one(resource, pick)
    if (id === undefined) return undefined
    // Only prices move without a time; every other edit that is not announced was lost on its way.
    records.change(resource, id, edited(resource, id, value), { silent: silent && resource === 'pricebooks' })
    return { resource, id }
  }

  function remove(resource: Resource, pick: number, silent: boolean): Changed | undefined {
    const free = records.ids(resource).filter((each) => !isNamed(each))
    const id = free[pick % Math.max(free.length, 1)]
    if (id === undefined || records.ids(resource).length < 2) return undefined
    const { fields } = records.get(resource, id)
    graves.push({ resource, id, fields })
    records.delete(resource, id, { silent })
    return { resource, id }
  }

  /** Zoho refuses to delete what another record names. */
  function isNamed(id: string): boolean {
    return resources.some((resource) =>
      records
        .ids(resource)
        .some((other) => other !== id && JSON.stringify(records.get(resource, other).fields).includes(`"${id}"`)),
    )
  }

  function resurrect(pick: number, value: number): Changed | undefined {
    const [grave] = graves.splice(graves.length === 0 ? 0 : pick % graves.length, 1)
    if (!grave) return undefined
    const { resource, id, fields } = grave
    const { created_time: _created, last_modified_time: _modified, ...rest } = fields
    records.create(resource, { ...rest, [idFields[resource]]: id })
    if (value % 2 === 0) again({ resource, id }, value)
    return { resource, id }
  }

  function moveStock(pick: number, value: number): Changed | undefined {
    const id = one('items', pick, (fields) => fields.item_type === 'inventory')
    const place = one('locations', value)
    if (id === undefined || place === undefined) return undefined
    records.setStock(id, { locationId: place, onHand: value, committed: value % 5 }, { webhook: value % 3 === 0 })
    return { resource: 'items', id }
  }

  /** A customer becomes a vendor, or the other way round. */
  function switchRole(pick: number): Changed | undefined {
    const id = one('contacts', pick)
    if (id === undefined) return undefined
    const { contact_type: role } = records.get('contacts', id).fields
    records.change('contacts', id, { contact_type: role === 'vendor' ? 'customer' : 'vendor' })
    return { resource: 'contacts', id }
  }

  function one(resource: Resource | 'locations', pick: number, test: (fields: Fields) => boolean = () => true) {
    const ids = records.ids(resource, ({ fields }) => test(fields))
    return ids[pick % Math.max(ids.length, 1)]
  }

  function created(resource: Resource, pick: number, value: number): Fields {
    const party = (role: string) => one('contacts', pick, ({ contact_type }) => contact_type === role) ?? ''
    const named = { name: `New ${value}` }
    switch (resource) {
      case 'items':
        return { ...named, rate: value / 4, sku: `N-${value}`, category_id: one('categories', pick) ?? '' }
      case 'categories':
        return named
      case 'contacts':
        return { contact_name: `New ${value}`, contact_type: value % 3 === 0 ? 'vendor' : 'customer' }
      case 'pricebooks':
        return { ...named, currency_code: 'IQD', ...edited('pricebooks', undefined, value) }
      case 'compositeitems':
        return { ...named, ...edited('compositeitems', undefined, value) }
      case 'purchaseorders':
      case 'bills':
      case 'vendorpayments':
        return { vendor_id: party('vendor'), ...edited(resource, undefined, value) }
      case 'inventoryadjustments':
      case 'transferorders':
        return edited(resource, undefined, value)
      default:
        return { customer_id: party('customer'), ...edited(resource, undefined, value) }
    }
  }

  /** Fields that differ from one value to the next; of a document, also its set of lines or allocations. */
  function edited(resource: Resource, id: string | undefined, value: number): Fields {
    const before = id === undefined ? {} : records.get(resource, id).fields
    switch (resource) {
      case 'items':
        return [
          { name: `Item ${value}`, description: `as of ${value}` },
          { rate: value / 8, sku: `S-${value}` },
          { status: before.status === 'inactive' ? 'active' : 'inactive', rate: value },
          { category_id: one('categories', value) ?? '', purchase_rate: value },
        ][value % 4] as Fields
      case 'categories':
        return { name: `Category ${value}` }
      case 'contacts':
        return value % 2 === 0
          ? { contact_name: `Contact ${value}`, email: `c${value}@example.com`, mobile: String(value) }
          : { status: before.status === 'inactive' ? 'active' : 'inactive', credit_limit: value, notes: `n${value}` }
      case 'pricebooks':
        return before.pricebook_type === 'fixed_percentage'
          ? { percentage: value % 50 }
          : { pricebook_items: prices(value), pricing_scheme: 'unit' }
      case 'compositeitems':
        return {
          rate: value,
          mapped_items: lines(before.mapped_items, value, (item_id, quantity) => ({ item_id, quantity })),
        }
      case 'customerpayments':
        return {
          reference_number: `P-${value}`,
          amount: 200 + value,
          invoices: settled('invoices', 'invoice_id', 'amount_applied', before.invoices, value),
        }
      case 'vendorpayments':
        return {
          reference_number: `P-${value}`,
          amount: 200 + value,
          bills: settled('bills', 'bill_id', 'amount_applied', before.bills, value),
        }
      case 'creditnotes':
        return {
          reference_number: `C-${value}`,
          invoices_credited: settled('invoices', 'invoice_id', 'credited_amount', before.invoices_credited, value),
          ...priced(before, value),
        }
      case 'inventoryadjustments':
        return {
          reference_number: `A-${value}`,
          line_items: lines(before.line_items, value, (item_id, n) => ({
            item_id,
            quantity_adjusted: n,
            item_total: 0,
          })),
        }
      case 'transferorders':
        return {
          description: `T-${value}`,
          line_items: lines(before.line_items, value, (item_id, n) => ({ item_id, quantity_transfer: n })),
        }
      default:
        return { reference_number: `D-${value}`, notes: `n${value}`, ...priced(before, value) }
    }
  }

  function priced(before: Fields, value: number): Fields {
    if (value % 5 === 0) return {}
    return {
      line_items: lines(before.line_items, value, (item_id, quantity) => ({
        item_id,
        quantity,
        rate: (value % 40) + 1,
      })),
    }
  }

  /** Some of the lines that were there, changed, and one or two new ones. */
  function lines(before: unknown, value: number, line: (itemId: string, quantity: number) => Fields): Fields[] {
    const kept = asLines(before).filter((_, index) => (value + index) % 3 !== 0)
    const fresh = Array.from({ length: 1 + (value % 2) }, (_, index) =>
      line(one('items', value + index) ?? '', 1 + ((value + index) % 7)),
    )
    return [...kept.slice(0, 3), ...fresh]
  }

  function prices(value: number): Fields[] {
    const some = records.ids('items').filter((_, index) => (index + value) % 3 === 0)
    return some.map((item_id, index) => ({ item_id, pricebook_rate: value + index }))
  }

  /** What a payment or credit settles: one or two documents, or nothing. */
  function settled(resource: Resource, idField: string, amount: string, before: unknown, value: number): Fields[] {
    const kept = asLines(before).filter(
      (entry) => value % 2 === 0 && records.ids(resource).includes(String(entry[idField])),
    )
    const id = one(resource, value)
    const isNew = id !== undefined && !kept.some((entry) => entry[idField] === id)
    return value % 7 === 0 ? [] : [...kept, ...(isNew ? [{ [idField]: id, [amount]: 1 + (value % 3) }] : [])]
  }
}

export type Changer = ReturnType<typeof createChanger>

const asLines = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : [])

const idFields: Readonly<Record<Resource, string>> = {
  items: 'item_id',
  categories: 'category_id',
  contacts: 'contact_id',
  pricebooks: 'pricebook_id',
  compositeitems: 'composite_item_id',
  salesorders: 'salesorder_id',
  purchaseorders: 'purchaseorder_id',
  invoices: 'invoice_id',
  bills: 'bill_id',
  creditnotes: 'creditnote_id',
  customerpayments: 'payment_id',
  vendorpayments: 'payment_id',
  inventoryadjustments: 'inventory_adjustment_id',
  transferorders: 'transfer_order_id',
}
