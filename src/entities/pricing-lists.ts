import { defineEntity } from './entity.ts'
import { boolean, decimal, id, integer, isOneOf, text, time } from './field.ts'
import { recomputePrices } from './parts/computed-prices.ts'
import { constant } from './parts/constant.ts'
import { percentage } from './parts/percentage.ts'
import { currencyOf, priceLines, startQuantity } from './parts/price-lines.ts'

const shared = {
  name: text('name'),
  description: text('description'),
  currency_code: text(currencyOf),
  zoho_currency_id: id('currency_id'),
  type: text('pricebook_type'),
  pricing_scheme: text('pricing_scheme'),
  percentage: percentage('percentage'),
  is_increase: boolean('is_increase'),
  rounding: text('rounding_type'),
  decimal_places: integer('decimal_place'),
  sales_or_purchase_type: text('sales_or_purchase_type'),
  is_default: boolean('is_default'),
  status: text('status'),
  is_active: isOneOf('status', 'active'),
  zoho_last_modified_at: time('last_modified_time'),
}

/**
 * Books `/pricebooks`, a few rows; only `/pricebooks/{id}` has the prices. They may move without a modification time and
 * no webhook tells of them, so each detail is read every time. The recorded list has no `page_context`, hence not paged:
 * more pages are read where Zoho says that there are any.
 */
export default defineEntity({
  name: 'pricing_lists',
  order: 60,
  id: { fields: ['pricebook_id'], column: 'zoho_pricebook_id' },
  lane: 'read',
  webhook: {
    modules: ['pricing_lists', 'pricing-lists', 'pricing_list', 'pricelists', 'pricebooks', 'pricebook'],
    wrappers: ['pricebook', 'pricelist'],
  },
  list: { product: 'books', path: '/pricebooks', keys: ['pricebooks'], paged: false },
  read: { kind: 'single', product: 'books', path: (pricebookId) => `/pricebooks/${pricebookId}`, keys: ['pricebook'] },
  details: { when: 'always' },
  sweep: 'details',
  timetable: [
    { mode: 'full', cron: '25 2 * * *' },
    { mode: 'sweep', cron: '55 4-22/6 * * *' },
  ],
  views: {
    list: { keepsDocument: false, columns: shared },
    detail: { keepsDocument: true, columns: shared },
  },
  guarded: ['is_active'],
  children: [
    {
      table: 'product_prices',
      owner: { reference: 'zoho_pricebook_id', column: 'pricing_list_id' },
      key: { zoho_item_id: id('item_id'), start_quantity: startQuantity },
      rows: priceLines,
      guarded: true,
      columns: {
        end_quantity: decimal('end_quantity'),
        price: decimal('pricebook_rate'),
        currency_code: text('currency_code'),
        discount_percentage: text('pricebook_discount'),
        pricing_scheme: text('pricing_scheme'),
        zoho_pricebook_item_id: id('pricebook_item_id'),
        product_name: text('name'),
        computed: constant(false),
      },
      links: [{ column: 'product_id', reference: 'zoho_item_id', parent: 'products', parentKey: 'zoho_item_id' }],
    },
  ],
  async after(tx, written) {
    await recomputePrices(tx, { lists: written.map(({ sourceEntityId }) => sourceEntityId) })
    return []
  },
})
