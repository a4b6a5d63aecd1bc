/** Stock totals in the documents of items: they move without a change of the item, and products has them. */
export const stockKeys: readonly string[] = [
  ...['stock_on_hand', 'available_stock', 'actual_available_stock', 'committed_stock', 'actual_committed_stock'],
  ...['available_for_sale_stock', 'actual_available_for_sale_stock'],
]
