import { absent, text } from '../field.ts'

/** The currency of amounts that name none, such as the prices of items: the organisation's own, once it is known. */
export const baseCurrency = text((_document, context) => context.baseCurrency ?? absent)
