import t from 'tap'
import { absent } from '../../src/entities/field.ts'
import type { JsonObject } from '../../src/entities/index.ts'
import { currencyOf, priceLines, startQuantity } from '../../src/entities/parts/price-lines.ts'
import { context } from './fixture.ts'

const unknownBase = { ...context, baseCurrency: undefined }

t.test('a list is in its own currency, else in the base currency, and never in another', async (t) => {
  for (const currency_code of ['IQD', 'EUR']) {
    t.equal(currencyOf({ currency_id: '5', currency_code }, context), currency_code)
    t.match(priceLines(book({ currency_id: '5', currency_code }), context), [{ pricebook_rate: 5, currency_code }])
  }
  t.equal(currencyOf({ currency_id: '', currency_code: '' }, context), 'USD')
  t.equal(currencyOf({ currency_id: '5', currency_code: '' }, context), null, 'an id that tells us nothing')
  t.equal(currencyOf({ currency_id: '' }, unknownBase), absent, 'a base currency that was not read yet')
  t.equal(currencyOf({ name: 'Wholesale' }, context), absent, 'a document that does not speak of it')
})

t.test('prices whose currency is unknown are put off, not written', async (t) => {
  const unknown = { code: 'CURRENCY_UNKNOWN', kind: 'transient' }
  t.throws(() => priceLines(book({ currency_id: '5' }), context), unknown)
  t.throws(() => priceLines(book({ currency_id: '', currency_code: '' }), unknownBase), unknown)
  t.strictSame(priceLines({ pricebook_items: [], currency_id: '5' }, context), [], 'no price, no question')
})

t.test('brackets that are equal as numbers are one bracket', async (t) => {
  const starts = [10, '10.0', '10.', '010', '', null].map((start) => startQuantity.read(start))
  t.strictSame(starts.slice(0, 3), ['10', '10', '10'])
  t.strictSame(starts.slice(4), ['1', '1'], 'a blank one starts at the first unit')
  t.equal(startQuantity.read('0.50'), '0.5')
  t.equal(startQuantity.read('100'), '100', 'zeros before the point count')
})

t.test('an item of its own scheme within a list of another is read by its own', async (t) => {
  const brackets = [
    { start_quantity: 1, pricebook_rate: 5 },
    { start_quantity: 10, pricebook_rate: 4 },
  ]
  const lines = priceLines(
    book({ currency_code: 'USD', pricing_scheme: 'unit' }, [
      { item_id: '1', pricing_scheme: 'volume', price_brackets: brackets },
      { item_id: '2', pricebook_rate: 3, price_brackets: [] },
    ]),
    context,
  )
  t.match(lines, [
    { item_id: '1', pricebook_rate: 5, start_quantity: 1 },
    { item_id: '1', pricebook_rate: 4, start_quantity: 10 },
    { item_id: '2', pricebook_rate: 3, start_quantity: 1 },
  ])
})

function book(fields: JsonObject, items: readonly JsonObject[] = [{ item_id: '1', pricebook_rate: 5 }]): JsonObject {
  return { pricebook_id: '1', pricebook_type: 'per_item', ...fields, pricebook_items: items }
}
