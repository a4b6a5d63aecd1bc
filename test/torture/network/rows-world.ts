import { sql } from '../../../db/index.ts'
import { relaxedLimits } from '../../simulator/limits.ts'
import { tokenOf } from '../token.ts'
import { eventually } from '../trial.ts'
import { both, where } from './faults.ts'
import type { Fault, Row, Stage } from './row.ts'
import { tokenEnds } from './rows-token.ts'
import { left, reasonsOf } from './watch.ts'

const hourMs = 3_600_000
const perMinute = 30
const skewed = { code: 'clock_skew', words: /The clock of this process is .* (behind|ahead of) that of Zoho/ } as const

/** Hosts, clocks and days. */
export const worldRows: readonly Row[] = [
  {
    name: 'redirects to a host that is not Zoho',
    codes: ['ZOHO_SERVER'],
    duty: 'retry',
    costs: 4,
    least: 4,
    begin: (stage) =>
      both(
        where('items bulk', redirect(stage, 302)),
        where('items bulk', { ...redirect(stage, 308), after: 1 }),
        where('invoices detail', redirect(stage, 301)),
        where('invoices detail', { ...redirect(stage, 307), after: 1 }),
      )(stage),
  },
  {
    name: 'the accounts host redirects to a host that is not Zoho',
    codes: ['ZOHO_NOT_JSON'],
    duty: 'wait',
    tokens: 6,
    costs: 6,
    begin: async (stage) => {
      const fault = where('token', { ...redirect(stage, 307), times: 2 })(stage)
      await tokenEnds(stage)
      return fault
    },
  },
  {
    name: 'the token reply names a host that is not Zoho',
    codes: [],
    duty: 'nothing',
    costs: 2,
    tokens: 3,
    alone: true,
    configure: (config, { proxy }) => ({ ...config, zoho: { ...config.zoho, apiDomains: [proxy.url] } }),
    begin: namesForeigner,
  },
  {
    name: 'the organisation moved to another data centre',
    codes: [],
    duty: 'nothing',
    costs: 1000,
    alone: true,
    configure: (config, { simulator }) => ({
      ...config,
      zoho: { ...config.zoho, apiUrl: 'http://127.0.0.1:9', apiDomains: [simulator.url] },
    }),
    begin: async (stage) => {
      await tokenEnds(stage)
      return { met: () => stage.simulator.control.calls.report().total, clear() {} }
    },
  },
  {
    name: 'our clock is an hour ahead',
    codes: [],
    duty: 'nothing',
    shows: skewed,
    costs: 1000,
    alone: true,
    begin: ({ simulator }) => {
      const { clock, calls } = simulator.control
      clock.advance(-hourMs)
      return { met: () => calls.report().total, clear: () => clock.reset() }
    },
    after: async (stage) => void (await stage.edit('items')),
  },
  {
    name: 'our clock is an hour behind',
    codes: [],
    duty: 'nothing',
    costs: 1000,
    tokens: 3,
    alone: true,
    // Zoho's time never goes back, so this one stays; health says so until the end.
    begin: ({ simulator }) => {
      const { clock, calls } = simulator.control
      clock.advance(hourMs)
      return { met: () => calls.report().total, clear() {} }
    },
    during: (stage) => says(stage, skewed),
  },
  {
    name: "the day's calls are used up, and the day ends",
    zoho: '429/45',
    codes: ['ZOHO_DAY_LIMIT'],
    duty: 'wait',
    shows: { code: 'day_quota', words: /% of the day's \d+ calls are used/ },
    refuses: true,
    // As many as were on their way, of each API.
    costs: 20,
    withinMs: 45_000,
    alone: true,
    tokens: 4,
    begin: dayIsUsed,
    during: halfDayPasses,
  },
  {
    name: 'much to do under the limits that Zoho really has',
    codes: [],
    duty: 'nothing',
    least: perMinute,
    costs: 1000,
    withinMs: 150_000,
    alone: true,
    slow: true,
    timing: { windowMs: 60_000, patienceMs: 660_000 },
    env: () => ({ TDS_ZOHO_PER_MINUTE: String(perMinute), TDS_ZOHO_CONCURRENCY: '3' }),
    begin: ({ simulator }) => {
      const { limits, calls, records } = simulator.control
      limits.set({ perMinute, concurrency: 3 })
      for (const id of [...records.ids('invoices'), ...records.ids('contacts')]) {
        const resource = records.ids('invoices').includes(id) ? 'invoices' : 'contacts'
        records.change(resource, id, { notes: 'Much to do' })
      }
      return { met: () => calls.report().total, clear() {} }
    },
    // Of those beyond the first minute some come in the second one; none was refused.
    after: async (stage) => {
      await eventually(
        'a second minute was needed',
        140_000,
        async () => (await left(stage.db)) === undefined || undefined,
      )
      const { maxInSlidingMinute, maxConcurrency, total } = stage.simulator.control.calls.report()
      if (total <= perMinute) throw new Error(`${total} calls are no trial of ${perMinute} a minute`)
      if (maxInSlidingMinute > perMinute || maxConcurrency > 3)
        throw new Error(`${maxInSlidingMinute} calls in a minute, ${maxConcurrency} at once`)
      stage.simulator.control.limits.set(relaxedLimits)
    },
  },
]

const redirect = ({ foreigner }: Stage, status: number) =>
  ({ kind: 'reply', status, headers: { location: `${foreigner.url}/books/v3/invoices` }, times: 1 }) as const

async function namesForeigner(stage: Stage): Promise<Fault> {
  const { simulator, foreigner } = stage
  const token = await tokenOf(simulator)
  const body = { access_token: token, api_domain: foreigner.url, token_type: 'Bearer', expires_in: 3600 }
  await tokenEndsHere(stage)
  return where('token', { kind: 'reply', body: JSON.stringify(body), times: 1 })(stage)
}

/** Ours; what Zoho gave meanwhile lives. */
async function tokenEndsHere({ db }: Stage): Promise<void> {
  await db
    .updateTable('tds_zoho_token')
    .set({ expires_at: new Date(0) })
    .execute()
}

async function says(stage: Stage, { code, words }: { code: string; words: RegExp }): Promise<void> {
  await eventually(
    `health says ${code}`,
    20_000,
    async () =>
      (await reasonsOf(stage.life.url)).some((reason) => reason.code === code && words.test(reason.words)) || undefined,
  )
}

/** The organisation's noon; the other half of the day passes in `halfDayPasses`. */
function dayIsUsed({ simulator }: Stage): Fault {
  const { limits, calls, clock } = simulator.control
  clock.advance(((leftOfDay(simulator) + halfDaySeconds) % (2 * halfDaySeconds)) * 1000)
  const { booksPerDay, inventoryPerDay } = limits.settings
  limits.set({ booksPerDay: 10_000, inventoryPerDay: 10_000 })
  for (const product of ['books', 'inventory'] as const) limits.setUsed(product, 10_000)
  return { met: () => calls.report().refused, clear: () => limits.set({ booksPerDay, inventoryPerDay }) }
}

const halfDaySeconds = 12 * 3600

const leftOfDay = ({ control }: Stage['simulator']): number =>
  Number(control.limits.headers('books')['x-rate-limit-reset'])

/** What comes until midnight waits for it, and costs nothing; a second after it Zoho is asked again. */
async function halfDayPasses(stage: Stage): Promise<void> {
  const { simulator, db } = stage
  const { calls, clock } = simulator.control
  await eventually('both products wait for midnight', 20_000, async () => {
    const { rows } = await sql<{ hours: number }>`
      select extract(epoch from day_resets_at - clock_timestamp()) / 3600 as hours from tds_zoho_budget
      where scope in ('books', 'inventory') and day_remaining = 0`.execute(db)
    return rows.length === 2 && rows.every(({ hours }) => hours > 11.9 && hours <= 12.01) ? true : undefined
  })
  await eventually('everything waits', 20_000, () => isWaiting(stage))
  const { total } = calls.report()
  await stage.happen(3)
  await eventually('what came since waits, too', 20_000, () => isWaiting(stage))
  const made = calls.report().total - total
  if (made > 0) throw new Error(`${made} calls were made though the day is used up`)
  clock.advance((leftOfDay(simulator) + 1) * 1000)
  const passed = sql`interval '12 hours 1 second'`
  await sql`update tds_zoho_budget set day_resets_at = day_resets_at - ${passed} where day_resets_at is not null`.execute(
    db,
  )
  await sql`update tds_sync_queue_live set run_at = run_at - ${passed} where wait_reason is not null`.execute(db)
  stage.life.ctx.workers.nudge()
}

async function isWaiting({ db }: Stage): Promise<true | undefined> {
  const { rows } = await sql<{ waiting: number; others: number }>`
    select count(*) filter (where wait_reason is not null and run_at > clock_timestamp() + interval '1 hour') as waiting,
      count(*) filter (where wait_reason is null or run_at < clock_timestamp() + interval '1 hour')
        + (select count(*) from tds_inbox_events where status = 'received')
        + (select count(*) from tds_sync_runs where status = 'running') as others
    from tds_sync_queue_live`.execute(db)
  return rows[0] && rows[0].waiting > 0 && rows[0].others === 0 ? true : undefined
}
