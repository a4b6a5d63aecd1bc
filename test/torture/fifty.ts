import type { Test } from 'tap'
import { sharedServer } from '../helpers/database.ts'
import { checkInLanes } from './lanes.ts'

/** A seed a day would find more and be red on somebody else's change: `npm run torture` is for that. */
const firstSeed = 20_251_001
const lanes = 5

/** Half of the fifty histories of `npm test`; the two halves are files of their own, to run beside each other. */
export async function halfOfFifty(t: Test, half: 0 | 1): Promise<void> {
  const seed = firstSeed + half * lanes
  const { failed, lines, tried } = await checkInLanes(await sharedServer(), { seed, histories: 25, lanes })
  t.comment(lines.join('\n'))
  t.notOk(failed, lines.join('\n'))
  for (const [what, count] of Object.entries(tried)) t.ok(failed || count > 0, `${count} ${what}`)
}
