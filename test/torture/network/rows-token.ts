import { sql } from '../../../db/index.ts'
import type { OAuthError } from '../../simulator/oauth.ts'
import { gatewayPage, where } from './faults.ts'
import type { Fault, Row, Stage } from './row.ts'

const needsPerson = {
  duty: 'pause',
  // The stored token's call, then a token request in a quarter of an hour.
  tokens: 8,
  costs: 8,
  withinMs: 40_000,
} as const

/** Everything about the access token. */
export const tokenRows: readonly Row[] = [
  {
    name: 'the token ends in the middle of a run',
    codes: ['ZOHO_SCOPE'],
    duty: 'retry',
    costs: 100,
    tokens: 2,
    begin: ({ simulator }) => {
      simulator.control.oauth.expire()
      return countedBy(simulator, ({ status }) => status === 401)
    },
  },
  ...(['invalid_code', 'invalid_client', 'invalid_client_secret'] as const).map(
    (error): Row => ({
      name: `credentials are refused (${error})`,
      zoho: `oauth/${error}`,
      codes: [error],
      ...needsPerson,
      shows: { code: 'token_paused', words: new RegExp(`Zoho refuses our credentials \\(${error}\\)`) },
      begin: (stage) => refuse(stage, error),
    }),
  ),
  {
    name: 'no more tokens for some minutes',
    zoho: 'oauth/Access Denied',
    codes: ['ZOHO_TOKEN_THROTTLED'],
    duty: 'wait',
    tokens: 6,
    costs: 6,
    withinMs: 40_000,
    begin: async (stage) => {
      const { limits } = stage.simulator.control
      const { tokensPerTenMinutes } = limits.settings
      limits.set({ tokensPerTenMinutes: 0 })
      await tokenEnds(stage)
      const fault = countedBy(stage.simulator, ({ purpose, status }) => purpose === 'token' && status === 400)
      return { ...fault, clear: () => limits.set({ tokensPerTenMinutes }) }
    },
  },
  {
    name: 'the accounts host is ill',
    codes: ['ZOHO_NOT_JSON'],
    duty: 'wait',
    tokens: 10,
    costs: 10,
    begin: tokenCalls(where('token', gatewayPage(502))),
  },
  {
    name: 'the accounts host sends a page with 200',
    codes: ['ZOHO_NOT_JSON'],
    duty: 'wait',
    tokens: 10,
    costs: 10,
    begin: tokenCalls(where('token', { kind: 'html' })),
  },
  {
    name: 'the accounts host breaks connections',
    codes: ['ZOHO_NETWORK'],
    duty: 'wait',
    tokens: 10,
    costs: 10,
    begin: tokenCalls(where('token', { kind: 'reset' })),
  },
]

type Call = ReturnType<Stage['simulator']['control']['calls']['latest']>[number]

function countedBy({ control }: Stage['simulator'], isMeant: (call: Call) => boolean): Fault {
  return { met: () => control.calls.latest().filter(isMeant).length, clear() {} }
}

async function refuse(stage: Stage, error: OAuthError): Promise<Fault> {
  const { oauth } = stage.simulator.control
  oauth.refuse(error)
  await tokenEnds(stage)
  const fault = countedBy(stage.simulator, ({ purpose }) => purpose === 'token')
  return { ...fault, clear: () => oauth.refuse() }
}

function tokenCalls(begin: (stage: Stage) => Fault | Promise<Fault>) {
  return async (stage: Stage): Promise<Fault> => {
    const fault = await begin(stage)
    await tokenEnds(stage)
    return fault
  }
}

/** Its hour is over: the next call needs another one. */
export async function tokenEnds({ db, simulator }: Pick<Stage, 'db' | 'simulator'>): Promise<void> {
  simulator.control.oauth.expire()
  await sql`update tds_zoho_token set expires_at = clock_timestamp() - interval '1 second'`.execute(db)
}
