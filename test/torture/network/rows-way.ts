import { onTheWay } from './faults.ts'
import type { Row, Stage } from './row.ts'

const retry = { duty: 'retry' } as const
const stopped = { code: 'breaker_open', words: /calls are stopped after \d+ failure/ } as const

/** What the network does. */
export const wayRows: readonly Row[] = [
  {
    name: 'slow answers',
    codes: [],
    duty: 'nothing',
    costs: 1000,
    begin: onTheWay({ kind: 'delay', milliseconds: 200 }),
  },
  {
    name: 'answers in drops, in time',
    codes: [],
    duty: 'nothing',
    costs: 1000,
    begin: onTheWay({ kind: 'trickle', bytes: 2_000, everyMs: 5 }),
  },
  {
    name: 'answers in drops that never end',
    codes: ['ZOHO_TIMEOUT'],
    ...retry,
    costs: 4,
    begin: onTheWay({ kind: 'trickle', bytes: 1, everyMs: 200 }, 3),
  },
  {
    name: 'connections break before the request',
    codes: ['ZOHO_NETWORK'],
    ...retry,
    costs: 4,
    begin: onTheWay({ kind: 'reset' }, 4),
  },
  {
    name: 'connections break in the answer',
    codes: ['ZOHO_TRUNCATED'],
    ...retry,
    costs: 4,
    begin: onTheWay({ kind: 'cut', afterBytes: 900 }, 3),
  },
  {
    name: 'connections break in the head of the answer',
    codes: ['ZOHO_NETWORK'],
    ...retry,
    costs: 4,
    begin: onTheWay({ kind: 'cut', afterBytes: 10 }, 3),
  },
  {
    name: 'a black hole',
    codes: ['ZOHO_TIMEOUT', 'ZOHO_BREAKER_OPEN'],
    duty: 'wait',
    shows: stopped,
    costs: 60,
    withinMs: 45_000,
    begin: onTheWay({ kind: 'black-hole' }),
  },
  {
    name: 'nobody is there',
    codes: ['ZOHO_NETWORK', 'ZOHO_BREAKER_OPEN'],
    duty: 'wait',
    shows: stopped,
    costs: 60,
    withinMs: 45_000,
    begin: onTheWay({ kind: 'refuse' }),
  },
  {
    name: 'connections that rest are broken before they are used again',
    codes: [],
    duty: 'nothing',
    costs: 100,
    begin: breakIdle,
  },
]

/** Used once, so that they rest; then gone without a word in between. */
async function breakIdle({ life, proxy, simulator }: Stage) {
  await life.ctx.zoho.organization()
  const broken = proxy.breakAll()
  const { total } = simulator.control.calls.report()
  return { met: () => (simulator.control.calls.report().total > total ? broken : 0), clear() {} }
}
