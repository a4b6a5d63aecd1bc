import { publicUrl } from './names.ts'
import { type ItemState, sameVersion } from './state.ts'

/**
 * - `unchanged`: everything is as Zoho has it, as far as the rows say;
 * - `clear`: there is no picture to have, but something is still recorded;
 * - `derive`: the fact stands, only the product's columns do not say so (a product that came back, a repaired row);
 * - `fetch`: another picture than the one recorded.
 */
export type Decision = 'unchanged' | 'clear' | 'derive' | 'fetch'

/** What to do for an item, from rows alone; a file that is missing is the caller's to notice. */
export function decide({ product, wanted, fact }: ItemState): Decision {
  if (wanted === null) {
    const nothingKnown = fact === undefined || (fact.status === 'none' && fact.version === null)
    return nothingKnown && !product?.imageUrl ? 'unchanged' : 'clear'
  }
  if (fact === undefined || !sameVersion(fact.version, wanted)) return 'fetch'
  const shown = fact.status === 'present' ? { url: publicUrl(fact.fileName), sha256: fact.sha256 } : undefined
  const agrees = product?.imageUrl === (shown?.url ?? null) && product.imageSha256 === (shown?.sha256 ?? null)
  return agrees ? 'unchanged' : 'derive'
}
