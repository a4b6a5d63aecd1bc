import { eventually } from '../trial.ts'
import { both, everywhere, reply, where } from './faults.ts'
import type { Fault, Row, Stage } from './row.ts'
import { healed } from './rows-errors.ts'
import { left } from './watch.ts'

const retry = { duty: 'retry' } as const

/** Answers that are not what they say they are. */
export const replyRows: readonly Row[] = [
  {
    name: 'a page with 200',
    codes: ['ZOHO_NOT_JSON'],
    ...retry,
    costs: 4,
    begin: everywhere({ kind: 'html', times: 2 }),
  },
  {
    name: 'half a body, well framed',
    codes: ['ZOHO_TRUNCATED'],
    ...retry,
    costs: 4,
    begin: everywhere({ kind: 'truncated', times: 2 }),
  },
  {
    name: 'half of a packed body',
    codes: ['ZOHO_TRUNCATED'],
    ...retry,
    costs: 4,
    begin: everywhere({ kind: 'truncated-gzip', times: 2 }),
  },
  {
    name: 'a body that breaks off',
    codes: ['ZOHO_TRUNCATED'],
    ...retry,
    costs: 4,
    begin: everywhere({ kind: 'cut', times: 2 }),
  },
  {
    name: 'a small reply that is larger than allowed when it is unpacked',
    codes: ['ZOHO_TOO_LARGE'],
    ...retry,
    timing: { deadlineMs: 15_000 },
    begin: where('items bulk', { kind: 'oversized', times: 1 }),
  },
  {
    name: 'a failure inside a success',
    codes: ['ZOHO_CODE'],
    ...retry,
    costs: 4,
    begin: everywhere({ ...reply(200, 4711), times: 2 }),
  },
  {
    name: 'an internal error inside a success',
    zoho: '200/1000',
    codes: ['ZOHO_SERVER'],
    ...retry,
    costs: 4,
    begin: everywhere({ ...reply(200, 1000), times: 2 }),
  },
  {
    name: 'lists and records are missing in good replies',
    codes: ['ZOHO_LIST_KEY'],
    ...retry,
    costs: 8,
    begin: both(
      where('invoices list', { kind: 'missing-list-key', times: 1 }),
      where('items bulk', { kind: 'missing-list-key', times: 2 }),
    ),
  },
  {
    name: 'the list is missing for longer than six attempts',
    codes: ['ZOHO_LIST_KEY'],
    duty: 'dead letter',
    costs: 200,
    alone: true,
    slow: true,
    begin: where('items bulk', { kind: 'missing-list-key' }),
    during: (stage) => died(stage),
    after: async (stage) => {
      await stage.edit('items')
      await healed(stage, 'dead-letters-outage')
    },
  },
  {
    name: 'lists without an end',
    codes: ['ZOHO_ENDLESS_PAGES'],
    ...retry,
    costs: 8,
    begin: both(
      where('items list', { kind: 'endless-pages', times: 4 }),
      where('contacts list', { kind: 'endless-pages', times: 4 }),
    ),
  },
  {
    name: 'lists forget their filters',
    codes: [],
    duty: 'nothing',
    costs: 12,
    begin: both(
      where('invoices list', { kind: 'ignored-filters', times: 4 }),
      where('items list', { kind: 'ignored-filters', times: 4 }),
    ),
  },
  {
    name: 'good bodies of another content type',
    codes: [],
    duty: 'nothing',
    costs: 100,
    begin: everywhere({ kind: 'wrong-type', contentType: 'text/html;charset=UTF-8' }),
  },
  {
    name: 'every key twice, first with a wrong value',
    codes: [],
    duty: 'nothing',
    costs: 100,
    begin: everywhere({ kind: 'duplicate-keys' }),
  },
  {
    name: 'rows move while pages are read',
    codes: [],
    duty: 'nothing',
    costs: 1000,
    alone: true,
    begin: crowded,
    during: moveRows,
  },
]

async function died({ db }: Stage): Promise<void> {
  await eventually('six attempts are over', 60_000, async () => {
    const letters = await db.selectFrom('tds_dead_letter_queue').select('id').execute()
    return letters.length > 0 || undefined
  })
}

/** So many items that their list has three pages; met by each page after the first. */
async function crowded({ simulator }: Stage): Promise<Fault> {
  const { records, calls, webhooks } = simulator.control
  for (let each = 0; each < 410; each++) records.create('items', { name: `Crowd ${each}`, rate: each })
  // The lists bring them.
  webhooks.set({ ...webhooks.mode, dropPercent: 100 })
  await webhooks.deliver()
  webhooks.set({ ...webhooks.mode, dropPercent: 0 })
  const isLater = (query: string) => Number(new URLSearchParams(query).get('page')) > 1
  return {
    met: () => calls.latest().filter(({ purpose, query }) => purpose === 'items list' && isLater(query)).length,
    clear() {},
  }
}

/** Deletions before the place that is read, edits that move rows to its other end, new rows. */
async function moveRows(stage: Stage): Promise<void> {
  const { simulator, life, db } = stage
  const { records, faults, webhooks } = simulator.control
  await eventually('the first run has ended', 30_000, async () => (await left(db)) === undefined || undefined)
  const hold = faults.set({ kind: 'hold', purpose: 'items list', query: 'page=2' })
  const { signal } = life
  const run = life.ctx.sync.run(
    { entityType: 'products', mode: 'full', trigger: 'torture', since: new Date(0) },
    { signal, settleWithinMs: 0 },
  )
  await faults.waiting(hold, 1, AbortSignal.timeout(20_000))
  const ids = records.ids('items', ({ fields }) => String(fields.name).startsWith('Crowd '))
  for (const id of ids.slice(0, 30)) records.delete('items', id, { silent: true })
  for (const id of ids.slice(100, 120)) records.change('items', id, { rate: 7 })
  for (let each = 0; each < 10; each++) records.create('items', { name: `Late ${each}`, rate: each })
  faults.clear(hold)
  await webhooks.deliver({ concurrency: 4 })
  const { status } = await run
  if (status !== 'read' && status !== 'settled') throw new Error(`The run under shifting pages is ${status}`)
}
