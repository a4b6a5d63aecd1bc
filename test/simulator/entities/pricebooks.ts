import { withIds } from '../ids.ts'
import { type Fields, isFields, type Json, textOf } from '../json.ts'
import { named, type Resource, type StoredRecord, type View, type World, without } from '../resource.ts'
import { seedPricebooks } from '../seed/pricebooks.ts'

const shared = {
  path: '/pricebooks',
  listKey: 'pricebooks',
  paged: true,
  reportName: 'Price Lists',
  defaultFilter: 'SalesOrPurchaseType.All',
  filters: {
    filter_by: named({
      'SalesOrPurchaseType.All': () => true,
      'SalesOrPurchaseType.Sales': ({ fields }) => fields.sales_or_purchase_type !== 'purchases',
      'SalesOrPurchaseType.Purchases': ({ fields }) => fields.sales_or_purchase_type === 'purchases',
    }),
  },
  listRow: (book) => without(whole(book), notInRows),
} satisfies Partial<View>

/** Price lists. Zoho has no webhook for them, and a moved price leaves `last_modified_time` where it was. */
export const pricebooks: Resource = {
  name: 'pricebooks',
  idField: 'pricebook_id',
  label: 'Price List',
  blank: { name: 'New price list', currency_code: 'USD', pricebook_items: [] },
  prepare: complete,
  seed: seedPricebooks,
  views: {
    books: {
      ...shared,
      detailKey: 'pricebook',
      detail: (book, world) => ({
        ...without(whole(book), notInDetails),
        is_default: false,
        products: [],
        pricebook_items: linesOf(book).map((line) => shown(line, world)),
      }),
    },
    inventory: shared,
  },
}

const notInRows = new Set(['pricebook_items', 'created_time'])
const notInDetails = new Set(['last_modified_time', 'created_time'])

// Blanks are "" where numbers are expected, as recorded.
function whole({ id, fields }: StoredRecord): Fields {
  return {
    pricebook_id: id,
    name: '',
    description: '',
    currency_id: '',
    currency_code: '',
    decimal_place: 0,
    is_increase: false,
    percentage: '',
    pricebook_rate: '',
    pricebook_type: 'per_item',
    pricing_scheme: 'unit',
    rounding_type: 'no_rounding',
    sales_or_purchase_type: 'sales',
    status: 'active',
    ...fields,
  }
}

const linesOf = ({ fields }: StoredRecord): Fields[] =>
  Array.isArray(fields.pricebook_items) ? fields.pricebook_items.filter(isFields) : []

function shown(line: Fields, { store }: World): Fields {
  const item = store.get('items', textOf(line.item_id))?.fields
  return {
    name: item?.name ?? '',
    can_be_sold: item?.item_type !== 'purchases',
    can_be_purchased: item?.item_type !== 'sales',
    ...line,
  }
}

function complete(fields: Fields, world: World): Fields {
  const currency = world.store.all('currencies').find(({ fields: own }) => own.currency_code === fields.currency_code)
  const lines = Array.isArray(fields.pricebook_items) ? fields.pricebook_items.filter(isFields) : []
  return { ...fields, currency_id: currency?.id ?? '', pricebook_items: lines.map((line) => withLineIds(line, world)) }
}

// By volume, the brackets have the ids and the item has none.
function withLineIds(line: Fields, world: World): Json {
  if (!('price_brackets' in line)) return withIds([line], 'pricebook_item_id', world)[0] ?? line
  return { ...line, price_brackets: withIds(line.price_brackets, 'pricebook_item_id', world) }
}
