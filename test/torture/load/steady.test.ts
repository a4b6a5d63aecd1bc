import t from 'tap'
import { type Sight, steady } from './steady.ts'

const flat: Sight = {
  'heap in use, MiB': 60,
  'resident, MiB': 200,
  handles: 50,
  connections: 12,
  'queue table, KiB': 136,
  'queue indexes, KiB': 152,
  'bookkeeping tables and indexes, KiB': 3_000,
  'mirrored tables and indexes, KiB': 3_700,
}
const growing = (what: keyof Sight, by: number) =>
  steady(Array.from({ length: 12 }, (_, at) => ({ ...flat, [what]: flat[what] + at * by })))
    .filter(({ grows }) => grows)
    .map(({ words }) => words)

t.test('what stays as it is does not grow, what wanders within its margin neither', async (t) => {
  t.same(growing('handles', 0), [])
  t.same(growing('resident, MiB', 1), [])
})

t.test('each of them is seen when it grows', async (t) => {
  const steps: Sight = {
    'heap in use, MiB': 4,
    'resident, MiB': 25,
    handles: 4,
    connections: 1,
    'queue table, KiB': 120,
    'queue indexes, KiB': 120,
    'bookkeeping tables and indexes, KiB': 2_000,
    'mirrored tables and indexes, KiB': 2_000,
  }
  for (const [what, by] of Object.entries(steps))
    t.match(growing(what as keyof Sight, by), [new RegExp(`^${what}: .* allowed\\)$`)], what)
})

t.test('a few looks are no proof', async (t) => {
  t.throws(() => steady([flat, flat, flat, flat]), /too few/)
})
