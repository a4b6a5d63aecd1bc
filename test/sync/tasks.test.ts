import t from 'tap'
import { loadEntities } from '../../src/entities/index.ts'
import { everySeconds } from '../../src/scheduler/timetable.ts'
import { createTasks, type RunRequest, tasksOf } from '../../src/sync/index.ts'
import { costOf } from '../../src/sync/planner/costs.ts'
import { makePlan } from '../../src/sync/planner/plan.ts'

const entities = await loadEntities()
const tasks = tasksOf(entities)
const timed = tasks.map((task) => ({
  ...task,
  everySeconds: everySeconds({ ...task, enabled: true }, 'Asia/Baghdad') ?? 0,
}))

t.test('every entity is read whole at least once a day, and each task has a name of its own', async (t) => {
  t.equal(new Set(tasks.map(({ name }) => name)).size, tasks.length)
  for (const { name } of entities.list()) {
    const whole = timed.find((task) => task.entityType === name && (task.mode === 'full' || task.mode === 'images'))
    t.ok(whole && whole.everySeconds > 0 && whole.everySeconds <= 86_400, name)
  }
  t.strictSame(
    tasks.filter(({ entityType }) => entityType === null).map(({ name }) => name),
    ['backfill', 'self-test', 'verify', 'validate'],
  )
})

t.test(
  'with 5,000 calls a day each list that filters or sorts by modification is asked within a quarter of an hour',
  async (t) => {
    // About the company's size.
    const records = new Map<string, number>(entities.list().map(({ name }) => [name, 2500]))
    for (const many of ['invoices', 'customer_payments', 'sales_orders', 'sales_orders_inventory'])
      records.set(many, 6000)
    for (const few of ['warehouses', 'categories', 'pricing_lists', 'suppliers', 'composite_items'])
      records.set(few, 80)
    const figures = { records, measured: new Map<string, number>(), isHonoured: () => true }
    const day = { limit: 5000, used: 0, left: 5000, resetsAt: null }
    const plan = makePlan({
      now: new Date('2026-03-01T00:00:00Z'),
      timeZone: 'Asia/Baghdad',
      perMinute: 90,
      reserveShare: 0.2,
      backfillShare: 0.1,
      days: { books: day, inventory: day },
      demands: [
        { entity: 'invoices', product: 'books', pending: 9000, queued: 0, perCall: 1, oldest: null, newest: null },
        {
          entity: 'stock_transfers',
          product: 'inventory',
          pending: 900,
          queued: 0,
          perCall: 1,
          oldest: null,
          newest: null,
        },
      ],
      tasks: timed.map((task) => costOf(task, entities, figures)),
    })
    const byTask = new Map(plan.timetable.map((task) => [task.task, task]))
    for (const { name, list } of entities.list()) {
      if (!list?.modifiedSince && !list?.fence) continue
      const planned = byTask.get(`${name}.incremental`)
      t.ok(planned && planned.every_seconds <= 900 && planned.fits, `${name}: ${planned?.every_seconds} s`)
    }
    t.ok(plan.products.books.backfill > 500 && plan.products.inventory.backfill > 500, 'and history gets its share')
  },
)

t.test('each task does what its name says; a full run by the clock keeps to the planner’s pace', async (t) => {
  const did: string[] = []
  const requests: RunRequest[] = []
  const note =
    <T>(what: string, answer: T) =>
    async () => {
      did.push(what)
      return answer
    }
  const day = {
    day_limit: 0,
    day_used: 0,
    day_left: 0,
    resets_at: null,
    reserve: 0,
    timetable: 0,
    backfill: 0,
    stretch: 1,
  }
  const plan = note('backfill', { products: { books: day, inventory: day }, entities: [], timetable: [] })
  const noFindings = {
    id: 1,
    started_at: new Date(),
    finished_at: new Date(),
    found: 0,
    opened: 0,
    resolved: 0,
    rules: [],
  }
  const never = async (): Promise<never> => {
    throw new Error('nobody asks for this')
  }
  const run = createTasks({
    sync: {
      run: async (request) => {
        requests.push(request)
        throw new Error('enough')
      },
      testFilters: note('self-test', []),
    },
    planner: {
      costs: never,
      budget: never,
      changeBudget: never,
      plan,
      recent: plan,
      allowance: async () => 0,
      stretches: async () => new Map(),
    },
    verifications: {
      async run({ trigger, actor }) {
        did.push('verify')
        t.same([trigger, actor], ['schedule', 'scheduler'])
        throw new Error('another one runs')
      },
    },
    findings: { validate: note('validate', noFindings) },
  })
  const { signal } = new AbortController()
  for (const task of tasks.filter(({ entityType }) => entityType === null)) await run(task, signal).catch(() => {})
  t.strictSame(did, ['backfill', 'self-test', 'verify', 'validate'])
  await t.rejects(run({ entityType: 'invoices', mode: 'full' }, signal), /enough/)
  t.match(requests, [{ entityType: 'invoices', mode: 'full', trigger: 'schedule', paced: true }])
})
