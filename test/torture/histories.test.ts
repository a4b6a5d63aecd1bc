import t from 'tap'
import { sharedServer } from '../helpers/database.ts'
import { checkInLanes } from './lanes.ts'

/** Another seed each day would find more and be red on somebody else's change: `npm run torture` is for that. */
const seed = Number(process.env.TORTURE_SEED ?? 20_251_001)

t.test('fifty histories of edits, losses, races and deaths end equal to Zoho', { timeout: 280_000 }, async (t) => {
  const { failed, lines, tried } = await checkInLanes(await sharedServer(), { seed, histories: 50, lanes: 7 })
  t.comment(...lines)
  t.notOk(failed, lines.join('\n'))
  const { changes, delivered, held, deaths } = tried
  t.comment(`${changes} changes, ${delivered} webhooks, ${held} changes within a read, ${deaths} deaths`)
  for (const [what, count] of Object.entries(tried)) t.ok(failed || count > 10, `${what} were tried`)
})
