import { secrets } from '../../helpers/environment.ts'
import { eventually } from '../trial.ts'
import { everywhere, gatewayPage, reply, where } from './faults.ts'
import type { Row, Stage } from './row.ts'
import { openLetters } from './watch.ts'

const retry = { duty: 'retry' } as const
const refused = { code: 'zoho_blocked', words: /Zoho blocks our calls \(code \d+\) until/ } as const
const paused = (code: string) =>
  ({ code: 'token_paused', words: new RegExp(`Zoho refuses our credentials \\(${code}\\)`) }) as const
const stopped = { code: 'breaker_open', words: /calls are stopped after \d+ failure/ } as const

/** Every line of the error table of Zoho's API, as far as it is about answers to calls. */
export const errorRows: readonly Row[] = [
  {
    name: 'a bad value, for one record',
    zoho: '400/2',
    codes: ['ZOHO_BAD_REQUEST'],
    duty: 'dead letter',
    costs: 20,
    begin: where('invoices detail', reply(400, 2)),
    during: aloneDead('invoices'),
    after: personRequeues,
  },
  {
    name: 'a bad value among many records in one call',
    zoho: '400/2',
    codes: ['ZOHO_BAD_REQUEST'],
    ...retry,
    begin: where('items bulk', { ...reply(400, 2), times: 1 }),
  },
  {
    name: 'no such token, once',
    zoho: '401/14',
    codes: ['ZOHO_UNAUTHORIZED'],
    ...retry,
    begin: where('items bulk', { ...reply(401, 14), times: 1 }),
  },
  {
    name: 'a dead token',
    zoho: '401/57',
    codes: ['ZOHO_SCOPE'],
    ...retry,
    begin: where('items bulk', { kind: 'expired-token', times: 1 }),
  },
  {
    name: 'a scope is missing for one endpoint',
    zoho: '401/57',
    codes: ['ZOHO_SCOPE'],
    duty: 'dead letter',
    // One a record, and the first once more with a fresh token.
    costs: 20,
    alone: true,
    begin: where('invoices detail', { kind: 'no-scope' }),
    during: async (stage) => {
      await aloneDead('invoices')(stage)
      await othersGoOn(stage)
    },
    after: async (stage) => {
      await stage.edit('invoices')
      await healed(stage, 'dead-letters-permission')
    },
  },
  {
    name: 'no token is good any more',
    zoho: '401/14',
    codes: ['ZOHO_UNAUTHORIZED', 'unauthorized'],
    duty: 'pause',
    shows: paused('unauthorized'),
    costs: 20,
    tokens: 12,
    withinMs: 40_000,
    begin: everywhere(reply(401, 14)),
  },
  {
    name: 'the user is disabled in the organisation',
    zoho: '-/6018',
    codes: ['ZOHO_USER_DISABLED', 'user_disabled'],
    duty: 'pause',
    shows: paused('user_disabled'),
    costs: 20,
    tokens: 12,
    withinMs: 40_000,
    begin: everywhere(reply(400, 6018)),
  },
  {
    name: 'no such address',
    zoho: '404/5',
    codes: ['ZOHO_NOT_FOUND'],
    ...retry,
    begin: where('invoices list', { ...reply(404, 5), times: 1 }),
  },
  {
    name: 'no such address, for many records in one call',
    zoho: '404/5',
    codes: ['ZOHO_NOT_FOUND'],
    ...retry,
    begin: where('items bulk', { ...reply(404, 5), times: 1 }),
  },
  {
    name: 'no record is found any more, though all are there',
    zoho: '404/1002',
    codes: ['ZOHO_NOT_FOUND', 'ZOHO_ENDPOINT_DOUBTFUL'],
    ...retry,
    costs: 20,
    begin: where('invoices detail', reply(404, 1002)),
  },
  {
    name: 'a record is gone',
    zoho: '404/1002',
    codes: ['ZOHO_NOT_FOUND'],
    duty: 'tombstone',
    begin: recordGoes,
  },
  {
    name: 'the method is not allowed',
    zoho: '405/-',
    codes: ['ZOHO_BAD_REQUEST'],
    duty: 'dead letter',
    costs: 20,
    begin: where('invoices detail', reply(405, 5)),
    during: aloneDead('invoices'),
    after: personRequeues,
  },
  {
    name: 'too many calls this minute, somebody else made them',
    zoho: '429/44',
    codes: ['ZOHO_MINUTE_LIMIT'],
    duty: 'wait',
    refuses: true,
    shows: refused,
    // As many as were on their way.
    costs: 10,
    timing: { windowMs: 4_000 },
    begin: everywhere({ kind: 'minute-limit', times: 1 }),
  },
  {
    name: 'blocked',
    zoho: '429/43',
    codes: ['ZOHO_BLOCKED'],
    duty: 'wait',
    refuses: true,
    shows: refused,
    costs: 10,
    begin: everywhere({ kind: 'blocked', times: 1 }),
  },
  {
    name: 'too many calls at once, somebody else makes them',
    zoho: '429/1070',
    codes: ['ZOHO_CONCURRENCY'],
    duty: 'wait',
    refuses: true,
    costs: 10,
    begin: everywhere({ kind: 'concurrency-limit', times: 2 }),
  },
  {
    name: 'an internal error, now and then',
    zoho: '500/1000',
    codes: ['ZOHO_SERVER'],
    ...retry,
    costs: 4,
    begin: everywhere({ kind: 'internal-error', times: 2 }),
  },
  {
    name: 'an internal error, every time',
    zoho: '500/1000',
    codes: ['ZOHO_SERVER', 'ZOHO_BREAKER_OPEN'],
    duty: 'wait',
    shows: stopped,
    // Five open the breaker of a product, what was on its way comes on top, then single probes.
    costs: 60,
    least: 10,
    withinMs: 45_000,
    begin: everywhere({ kind: 'internal-error' }),
  },
  ...[502, 503, 504].map(
    (status): Row => ({
      name: `a gateway's page (${status})`,
      zoho: `${status}/-`,
      codes: ['ZOHO_SERVER'],
      ...retry,
      costs: 4,
      begin: everywhere({ ...gatewayPage(status), times: 2 }),
    }),
  ),
]

/** The records that met it are dead letters, and no others. */
function aloneDead(entity: string) {
  return async ({ db }: Stage): Promise<void> => {
    const letters = await eventually('there is a dead letter', 10_000, async () => {
      const found = await openLetters(db)
      return found.length > 0 ? found : undefined
    })
    const others = letters.filter(({ of }) => !of.startsWith(`${entity} `))
    if (others.length > 0) throw new Error(`Others died with it: ${JSON.stringify(others)}`)
  }
}

async function othersGoOn(stage: Stage): Promise<void> {
  const { total } = stage.simulator.control.calls.report()
  await stage.edit('items')
  await eventually('other records are read meanwhile', 10_000, async () =>
    stage.simulator.control.calls.report().total > total ? true : undefined,
  )
}

/** What a person does after a look at the dead letters. */
async function personRequeues({ life, db }: Stage): Promise<void> {
  const ids = (await openLetters(db)).map(({ id }) => id)
  // A later edit had the record read again, and resolved its letter.
  if (ids.length === 0) return
  const reply = await fetch(`${life.url}/api/tds/dlq/requeue`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secrets.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ids, dry_run: false, reason: 'Zoho takes it again' }),
  })
  if (!reply.ok) throw new Error(`Requeueing answered ${reply.status}: ${await reply.text()}`)
}

/** A pass of the leader, until there is nothing left for it. */
export async function healed({ life, db }: Stage, action: string): Promise<void> {
  await eventually(`${action} has nothing left`, 20_000, async () => {
    if ((await openLetters(db)).length === 0) return true
    await life.ctx.healing.run(action, { dryRun: false })
    return undefined
  })
}

/** Deleted at Zoho, with its webhook; counted by the calls that were told so. */
async function recordGoes({ simulator, db }: Stage) {
  const { records, calls } = simulator.control
  const id = records.create('items', { name: 'Soon gone', rate: 1 }).id
  await eventually('it is here', 20_000, async () => {
    await simulator.control.webhooks.deliver()
    const rows = await db.selectFrom('products').select('id').where('zoho_item_id', '=', id).execute()
    return rows.length > 0 || undefined
  })
  records.delete('items', id)
  const path = `/inventory/v1/items/${id}`
  return {
    met: () => Math.min(1, calls.latest().filter((call) => call.path === path && call.status === 404).length),
    clear() {},
  }
}
