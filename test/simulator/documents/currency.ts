import { amount, type Json, numberOf, textOf } from '../json.ts'
import type { StoredRecord, World } from '../resource.ts'

/** The currency of a document: how many digits its amounts have, and what one unit of it is worth. */
export interface Currency {
  readonly id: string
  readonly code: string
  readonly symbol: string
  readonly precision: number
  /** In the base currency; 1 where nobody set a rate. */
  readonly rate: Json
  readonly basePrecision: number
}

export function currencyOf(code: string, { store }: World): Currency {
  const all = store.all('currencies')
  const base = all.find(({ fields }) => fields.is_base_currency === true)
  const own = all.find(({ fields }) => fields.currency_code === code) ?? base
  const rate = own?.fields.exchange_rate ?? 1
  return {
    id: own?.id ?? '',
    code: textOf(own?.fields.currency_code),
    symbol: textOf(own?.fields.currency_symbol),
    precision: precisionOf(own),
    rate: numberOf(rate) === 0 ? amount('1.00') : rate,
    basePrecision: precisionOf(base),
  }
}

const precisionOf = (currency: StoredRecord | undefined): number => numberOf(currency?.fields.price_precision ?? 2)
