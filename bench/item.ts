/** Invented items in the shape of Zoho Inventory's list rows, about 2 KB of JSON each, all different. */
export function itemDocument(number: number, { edition = 0 } = {}): Record<string, unknown> {
  const id = itemId(number)
  const stock = (number * 7 + edition) % 400
  const name = number % 25 === 0 ? `محول شبكة ${number}` : `Network switch ${number % 48} port series ${number}`
  return {
    item_id: id,
    name,
    item_name: name,
    unit: 'pcs',
    status: number % 40 === 0 ? 'inactive' : 'active',
    source: 'user',
    is_combo_product: false,
    is_linked_with_zohocrm: false,
    zcrm_product_id: '',
    description: [0, 1, 2, 3].map((line) => sentence(number + line)).join('. '),
    brand: `Brand ${number % 60}`,
    manufacturer: `Maker ${number % 90}`,
    rate: (number % 900) + 0.5 + edition,
    tax_id: '',
    tax_name: '',
    tax_percentage: 0,
    purchase_account_id: '5200000000000567',
    purchase_account_name: 'Cost of Goods Sold',
    account_id: '5200000000000432',
    account_name: 'Sales',
    purchase_description: sentence(number + 4),
    purchase_rate: (number % 700) + 0.25,
    item_type: 'inventory',
    product_type: 'goods',
    has_attachment: number % 4 !== 0,
    is_returnable: true,
    reorder_level: number % 4 === 0 ? '' : 5,
    stock_on_hand: stock,
    available_stock: stock,
    actual_available_stock: stock,
    sku: number % 5 === 0 ? `SKU-${number}` : '',
    upc: '',
    ean: String(6_290_000_000_000 + number),
    isbn: '',
    part_number: `PN-${number}-${number % 97}`,
    category_id: '',
    category_name: '',
    ...(number % 4 === 0
      ? { image_name: '', image_type: '', image_document_id: '' }
      : { image_name: `item-${number}.jpg`, image_type: 'jpg', image_document_id: itemId(number + 500_000_000) }),
    created_time: '2024-03-01T09:00:00+0300',
    last_modified_time: new Date(Date.UTC(2025, 0, 1) + (number + edition * 100_000) * 1000).toISOString(),
    hsn_or_sac: '',
    show_in_storefront: number % 3 === 0,
    package_details: {
      length: '12',
      width: '8',
      height: String(number % 30),
      weight: '1.5',
      weight_unit: 'kg',
      dimension_unit: 'cm',
    },
    custom_fields: [
      {
        field_id: '5200000000089001',
        label: 'Warranty',
        api_name: 'cf_warranty',
        value: `${number % 36} months`,
        data_type: 'string',
      },
      {
        field_id: '5200000000089002',
        label: 'Shelf',
        api_name: 'cf_shelf',
        value: `R${number % 80}-S${number % 9}`,
        data_type: 'string',
      },
    ],
  }
}

export const itemId = (number: number): string => String(5_200_000_000_000_000_000n + BigInt(number))

const words =
  'managed fibre copper rack steel desktop outdoor industrial gigabit uplink power fan cable module spare'.split(' ')

function sentence(number: number): string {
  return Array.from({ length: 14 }, (_, at) => words[(number * 31 + at * 7 + at * number) % words.length]).join(' ')
}
