import fc from 'fast-check'
import t from 'tap'
import { makePlan } from '../../../src/sync/planner/plan.ts'
import { shareOut } from '../../../src/sync/planner/shares.ts'
import type { Day, Demand, PlanInput, TaskCost } from '../../../src/sync/planner/types.ts'

const now = new Date('2026-03-01T12:00:00Z')
const day = (limit: number, used = 0): Day => ({
  limit,
  used,
  left: limit - used,
  resetsAt: new Date('2026-03-02T00:00:00Z'),
})
const demand = (entity: string, pending: number, more: Partial<Demand> = {}): Demand => ({
  entity,
  product: 'books',
  pending,
  queued: 0,
  perCall: 1,
  oldest: '2020-01-01',
  newest: '2025-01-01',
  ...more,
})
const task = (name: string, books: number, everySeconds: number, more: Partial<TaskCost> = {}): TaskCost => ({
  name,
  entity: name,
  mode: 'incremental',
  calls: { books, inventory: 0 },
  everySeconds,
  ...more,
})
const input = (more: Partial<PlanInput> = {}): PlanInput => ({
  now,
  timeZone: 'Asia/Baghdad',
  perMinute: 90,
  reserveShare: 0.2,
  backfillShare: 0.1,
  days: { books: day(5000), inventory: day(5000) },
  demands: [],
  tasks: [],
  ...more,
})

t.test(
  'shares never exceed what there is or what is wanted, waste nothing, and leave nobody with nothing',
  async (t) => {
    const wants = fc.array(fc.nat(3000), { maxLength: 12 })
    fc.assert(
      fc.property(fc.nat(4000), wants, (total, wanted) => {
        const shares = shareOut(total, wanted)
        const sum = shares.reduce((a, b) => a + b, 0)
        const wish = wanted.reduce((a, b) => a + b, 0)
        const starving = shares.filter((share, index) => share === 0 && (wanted[index] ?? 0) > 0).length
        return (
          sum === Math.min(total, wish) &&
          shares.every((share, index) => share >= 0 && share <= (wanted[index] ?? 0)) &&
          (starving === 0 || total < wanted.filter((want) => want > 0).length)
        )
      }),
    )
    t.strictSame(shareOut(100, [300, 100]), [75, 25], 'in proportion')
    t.strictSame(shareOut(1, [5, 5]), [1, 0], 'the first in line before the second')
  },
)

t.test('whatever the day holds, planned work leaves the reserve alone', async (t) => {
  const anyDay = fc
    .record({ limit: fc.integer({ min: 100, max: 12_000 }), usedShare: fc.double({ min: 0, max: 1, noNaN: true }) })
    .map(({ limit, usedShare }) => day(limit, Math.floor(limit * usedShare)))
  const demands = fc
    .array(fc.record({ pending: fc.nat(20_000), queued: fc.nat(200), perCall: fc.constantFrom(1, 100) }), {
      maxLength: 6,
    })
    .map((all) =>
      all.map((each, index) =>
        demand(`e${index}`, each.pending, { ...each, queued: Math.min(each.queued, each.pending) }),
      ),
    )
  const tasks = fc
    .array(fc.record({ calls: fc.nat(60), everySeconds: fc.constantFrom(600, 900, 3600, 86_400) }), { maxLength: 8 })
    .map((all) => all.map((each, index) => task(`t${index}`, each.calls, each.everySeconds)))
  fc.assert(
    fc.property(anyDay, demands, tasks, (books, wanted, timed) => {
      const plan = makePlan(input({ days: { books, inventory: day(5000) }, demands: wanted, tasks: timed }))
      const { reserve, backfill, stretch, day_left } = plan.products.books
      const calls = plan.entities.reduce((sum, { allowed_now, entity }) => {
        const perCall = wanted.find((each) => each.entity === entity)?.perCall ?? 1
        return sum + Math.ceil(allowed_now / perCall)
      }, 0)
      const grantsFit = calls === 0 || calls <= day_left - reserve
      const isHonest = plan.entities.every(
        ({ pending, finish_date, share_per_day }) =>
          (pending === 0) === (finish_date === null && pending === 0) &&
          (pending === 0 || share_per_day > 0 || backfill === 0),
      )
      return grantsFit && isHonest && stretch >= 1 && stretch <= 24
    }),
  )
  t.pass()
})

t.test('a timetable that fits stays as it is; what it leaves is shared by what waits', async (t) => {
  const plan = makePlan(
    input({
      tasks: [task('invoices', 1, 600), task('invoices.full', 20, 86_400, { mode: 'full' })],
      demands: [demand('invoices', 6000), demand('bills', 2000)],
    }),
  )
  t.match(plan.products.books, { reserve: 1000, timetable: 164, backfill: 3836, stretch: 1 })
  t.match(plan.timetable, [
    { runs_a_day: 144, every_seconds: 600, fits: true },
    { calls: 20, runs_a_day: 1, fits: true },
  ])
  const [invoices, bills] = plan.entities
  t.match(invoices, { entity: 'invoices', share_per_day: 2877 })
  t.match(bills, { entity: 'bills', share_per_day: 959 })
  // 3,918 are free today (half of the timetable is over), so 4,082 are left for tomorrow and the day after.
  t.match(invoices, { finish_date: '2026-03-03' })
  t.equal((invoices?.allowed_now ?? 0) + (bills?.allowed_now ?? 0), 720, 'eight minutes of ninety calls')
})

t.test('a day too small for the timetable makes edits and sweeps rarer, not the nights, and says so', async (t) => {
  const tasks = [
    task('invoices', 5, 600),
    task('contacts', 13, 3600, { mode: 'sweep' }),
    task('invoices.full', 40, 86_400, { mode: 'full' }),
    task('items', 0, 600, { calls: { books: 0, inventory: 1 } }),
  ]
  const plan = makePlan(input({ days: { books: day(1000), inventory: day(5000) }, tasks }))
  // 720 + 312 calls want to fit into 800 - 40.
  t.match(plan.products.books, { stretch: 1.36, timetable: 799 })
  t.match(plan.timetable, [
    { task: 'invoices', every_seconds: 816, fits: false },
    { task: 'contacts', every_seconds: 4896, fits: false },
    { task: 'invoices.full', every_seconds: 86_400, runs_a_day: 1, fits: true },
    { task: 'items', every_seconds: 600, fits: true },
  ])
  const waiting = makePlan(
    input({ days: { books: day(1000), inventory: day(5000) }, tasks, demands: [demand('invoices', 5000)] }),
  )
  t.match(waiting.products.books, { stretch: 1.57, backfill: 102 }, 'history gets its tenth')
})

t.test(
  'calls that others of the company used up make today rarer, and stop the backfill before live work',
  async (t) => {
    const tasks = [task('invoices', 5, 600)]
    const plan = makePlan(
      input({ days: { books: day(2000, 1400), inventory: day(5000) }, tasks, demands: [demand('invoices', 500)] }),
    )
    t.match(plan.products.books, { stretch: 1 })
    t.match(
      plan.entities,
      [{ allowed_now: 0, finish_date: '2026-03-02' }],
      'six hundred left: 400 reserve, 360 timetable',
    )
    const worse = makePlan(input({ days: { books: day(2000, 1700), inventory: day(5000) }, tasks }))
    t.match(worse.products.books, { stretch: 3.6 })
  },
)

t.test('what is queued is neither granted again nor forgotten', async (t) => {
  const few = makePlan(input({ demands: [demand('invoices', 100, { queued: 60 })] }))
  t.match(few.entities, [{ pending: 100, queued: 60, allowed_now: 40, finish_date: '2026-03-01' }])
  const late = { books: day(5000, 3900), inventory: day(5000) }
  const tight = makePlan(input({ days: late, demands: [demand('invoices', 500, { queued: 60 })] }))
  t.match(tight.entities, [{ allowed_now: 40 }], 'a hundred calls are free, sixty are spoken for')
  const bulk = makePlan(input({ demands: [demand('items', 950, { product: 'inventory', perCall: 100 })] }))
  t.match(bulk.entities, [{ allowed_now: 950, share_per_day: 1000, finish_date: '2026-03-01' }])
  t.match(makePlan(input({ demands: [demand('bills', 0)] })).entities, [{ allowed_now: 0, finish_date: null }])
})

t.test('the day of the organisation has begun when ours has not', async (t) => {
  const late = input({ now: new Date('2026-03-01T22:30:00Z'), demands: [demand('invoices', 10)] })
  t.match(makePlan(late).entities, [{ finish_date: '2026-03-02' }])
})
