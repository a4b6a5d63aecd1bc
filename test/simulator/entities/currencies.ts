import { amount, type Fields } from '../json.ts'
import type { Resource, StoredRecord, View } from '../resource.ts'

const view: View = {
  path: '/settings/currencies',
  listKey: 'currencies',
  paged: true,
  reportName: 'Currencies',
  listRow: (record) => record.fields,
}

export const currencies: Resource = {
  name: 'currencies',
  idField: 'currency_id',
  label: 'Currency',
  views: { books: view, inventory: view },
  seed: (world) =>
    rows.map((row): StoredRecord => {
      const id = world.nextId()
      const at = world.settings.anchorMs
      return { id, fields: { currency_id: id, ...fieldsOf(row) }, createdMs: at, modifiedMs: at }
    }),
}

/** The base currency of the organisation. */
export const baseCurrency = 'USD'

interface Row {
  code: string
  name: string
  symbol: string
  precision: number
  rate: string
}

const rows: Row[] = [
  { code: 'AED', name: 'UAE Dirham', symbol: 'AED', precision: 2, rate: '0.272294' },
  { code: 'CNY', name: 'Chinese Yuan', symbol: 'RMB', precision: 2, rate: '0.140' },
  { code: 'EUR', name: 'Euro', symbol: '€', precision: 2, rate: '0' },
  { code: 'IQD', name: 'Iraqi Dinar', symbol: 'IQD', precision: 0, rate: '0.000763358778626' },
  { code: 'TRY', name: 'Turkish Lira', symbol: 'TRY', precision: 2, rate: '0' },
  { code: 'USD', name: 'United States Dollar', symbol: '$', precision: 2, rate: '1.00' },
]

function fieldsOf({ code, name, symbol, precision, rate }: Row): Fields {
  return {
    currency_code: code,
    currency_name: name,
    currency_name_formatted: `${code}- ${name}`,
    currency_symbol: symbol,
    price_precision: precision,
    currency_format: precision === 0 ? '1,234,567' : '1,234,567.89',
    is_base_currency: code === baseCurrency,
    exchange_rate: amount(rate),
    // Zoho shows rate 0 and no date where nobody set a rate.
    effective_date: rate === '0' ? '' : '2025-01-01',
    auto_exchange_rate_enabled: false,
  }
}
