import { TdsError } from '../../errors.ts'
import { absent, decimal, type Field, type FieldContext, type JsonObject } from '../field.ts'

/**
 * The list's own currency; the base currency where it names none at all. Never another: a list that names a currency by
 * an id alone has one that we do not know.
 */
export function currencyOf(list: JsonObject, { baseCurrency }: FieldContext): unknown {
  if (isFilled(list.currency_code)) return list.currency_code
  if (!('currency_id' in list)) return absent
  return isFilled(list.currency_id) ? null : (baseCurrency ?? absent)
}

/**
 * The prices of a list by item, one for each bracket of quantities; a price without brackets holds from the first unit.
 * Undefined where the document does not show them: a percentage list has none of its own, and an empty set in what
 * looks like a list row (only those tell the modification time) does not say that there are none.
 * @throws TdsError `CURRENCY_UNKNOWN`: a price without a currency is no price
 */
export function priceLines(list: JsonObject, context: FieldContext): readonly JsonObject[] | undefined {
  const { pricebook_type, pricebook_items: items, pricing_scheme } = list
  if (pricebook_type === 'fixed_percentage' || !Array.isArray(items)) return undefined
  if (items.length === 0) return 'last_modified_time' in list ? undefined : []
  const currency_code = currencyOf(list, context)
  if (typeof currency_code !== 'string')
    throw new TdsError('CURRENCY_UNKNOWN', 'transient', 'The currency of this price list is not known yet')
  return items
    .filter((item): item is JsonObject => typeof item === 'object' && item !== null)
    .flatMap((item) => byQuantity({ pricing_scheme, ...item }).map((price) => ({ ...price, currency_code })))
}

function byQuantity({ price_brackets: brackets, ...item }: JsonObject): readonly JsonObject[] {
  const hasBrackets = Array.isArray(brackets) && brackets.length > 0
  if (hasBrackets && (item.pricing_scheme === 'volume' || !('pricebook_rate' in item)))
    return brackets.map((bracket) => ({ ...item, ...bracket }))
  return [{ ...item, start_quantity: 1 }]
}

/** As short as the number can be written, so that 10 and 10.0 are one bracket; a blank one starts at the first unit. */
export const startQuantity: Field = {
  ...decimal('start_quantity'),
  read: (raw) => shortest(String(decimal('').read(raw) ?? 1)),
}

const shortest = (digits: string): string => digits.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')

const isFilled = (value: unknown): boolean => typeof value === 'string' && value.trim() !== ''
