import t from 'tap'
import { parseSince } from '../../src/cli/since.ts'

const now = new Date('2026-03-31T12:00:00Z')
const day = (text: string) => parseSince(text, now).toISOString().slice(0, 10)

t.test('a day is named by its date, by its distance, or not at all', async (t) => {
  t.equal(day('2025-01-31'), '2025-01-31')
  t.equal(day('90d'), '2025-12-31')
  t.equal(day('2m'), '2026-01-31')
  t.equal(day('1m'), '2026-02-28', 'there is no 31 February')
  t.equal(day('2y'), '2024-03-31')
  t.equal(day('all'), '1970-01-01')
})

t.test('anything else is the caller’s mistake', async (t) => {
  for (const text of ['', 'yesterday', '2025-02-30', '2025-1-1', '6w', '-3d', '99999d'])
    t.throws(() => parseSince(text, now), { code: 'USAGE' }, text)
})
