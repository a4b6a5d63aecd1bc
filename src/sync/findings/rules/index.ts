import type { Entities } from '../../../entities/index.ts'
import type { Rule } from '../types.ts'
import { blankName } from './blank-name.ts'
import { checkRules } from './checks.ts'
import { duplicateSku } from './duplicate-sku.ts'
import { fieldError } from './field-error.ts'
import { imageFile } from './image-file.ts'
import { iqdPriceBounds, iqdUsdRatio } from './iqd-price.ts'
import { negativePrice, negativeStock } from './negative.ts'
import { orphan } from './orphan.ts'
import { priceWithoutCurrency } from './price-without-currency.ts'

/** Every rule, in the order in which they are asked. */
export const rulesFor = (entities: Pick<Entities, 'list'>): readonly Rule[] => [
  negativePrice,
  negativeStock,
  iqdPriceBounds,
  iqdUsdRatio,
  priceWithoutCurrency,
  duplicateSku,
  blankName,
  orphan,
  fieldError,
  imageFile,
  ...checkRules(entities),
]
