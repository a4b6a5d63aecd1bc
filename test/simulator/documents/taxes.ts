import { fixedId } from '../ids.ts'
import { type Fields, numberOf, textOf } from '../json.ts'
import type { World } from '../resource.ts'

/** Rates of the organisation, in percent. */
export const taxRates = [5, 15] as const

/** The tax fields of a line that names its tax by id or by rate; without one it is free of tax. */
export function taxOf(line: Fields, world: World): Fields {
  const idOf = (rate: number) => fixedId(world, `tax ${rate}`)
  const rate = taxRates.find((known) => idOf(known) === textOf(line.tax_id)) ?? numberOf(line.tax_percentage)
  if (rate === 0) return { tax_id: '', tax_name: '', tax_type: 'tax', tax_percentage: 0 }
  return { tax_id: idOf(rate), tax_name: `VAT ${rate}`, tax_type: 'tax', tax_percentage: rate }
}
