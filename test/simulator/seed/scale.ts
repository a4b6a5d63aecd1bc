import type { Settings } from '../options.ts'

/** A number of the organisation of 2,221 items, for one of another size; an empty organisation has nothing. */
export function share({ items }: Settings, of: number, least = 0): number {
  return items === 0 ? 0 : Math.max(least, Math.round((of * items) / 2221))
}
