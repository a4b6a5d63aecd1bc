/**
 * Divides calls among those who want some, in proportion to what they want: nobody gets more than that, and nobody
 * nothing while there is a call for each. What rounding leaves goes to the first in line.
 */
export function shareOut(total: number, wants: readonly number[]): readonly number[] {
  const wanted = wants.reduce((sum, want) => sum + want, 0)
  if (wanted <= total) return [...wants]
  const shares = wants.map(() => 0)
  let left = Math.max(0, Math.floor(total))
  const give = (index: number, calls: number) => {
    const given = Math.min(calls, left, (wants[index] ?? 0) - (shares[index] ?? 0))
    shares[index] = (shares[index] ?? 0) + given
    left -= given
  }
  for (const index of wants.keys()) give(index, 1)
  const rest = left
  const open = wants.map((want, index) => want - (shares[index] ?? 0))
  const openSum = open.reduce((sum, calls) => sum + calls, 0)
  for (const [index, calls] of open.entries()) give(index, Math.floor((rest * calls) / Math.max(1, openSum)))
  for (const index of wants.keys()) give(index, 1)
  return shares
}
