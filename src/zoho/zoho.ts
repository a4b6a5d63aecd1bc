import { Agent } from 'undici'
import type { Db } from '../../db/index.ts'
import type { Watch } from '../audit/index.ts'
import type { Config } from '../config.ts'
import { TdsError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import { createBudget } from './budget.ts'
import { createCaller } from './call.ts'
import { createCipher } from './cipher.ts'
import { createClient } from './client.ts'
import { createClockWatch } from './clock-watch.ts'
import { readOrganization } from './organization.ts'
import { readPages } from './pages.ts'
import { createPermits } from './permits.ts'
import { createRecorder } from './record.ts'
import { createDeniedScopes } from './scopes.ts'
import { readState } from './state.ts'
import { type Timing, zohoTiming } from './timing.ts'
import { createTokens } from './token.ts'
import { requestToken } from './token-request.ts'
import { createTokenStore } from './token-row.ts'
import type { CallOutcome, Zoho } from './types.ts'

export interface ZohoOptions {
  readonly db: Db
  readonly config: Config['zoho']
  readonly log: Logger
  readonly clock: Clock
  /** Written with each call, to tell processes apart. */
  readonly processId: string
  /** In words, why a person wants no calls now; undefined while nobody does. */
  readonly held?: () => Promise<string | undefined>
  /** Shorter pauses for tests. */
  readonly timing?: Partial<Timing>
  /** Writes down that credentials are accepted again. */
  readonly recoveries?: Pick<Watch, 'note'>
}

/** The only way to Zoho: one token, one budget, one set of rules for all processes on this database. */
export function createZoho(options: ZohoOptions): Zoho {
  const { db, config, log, clock, processId } = options
  const timing = { ...zohoTiming, ...options.timing }
  const shared = { ...config, db, log, clock, processId, timing }
  const account = accountOf(config)
  const listeners = new Set<(outcome: CallOutcome) => void>()
  const closing = new AbortController()
  const clockWatch = createClockWatch()
  // Two more than calls in flight, so that a token request never waits for a picture.
  const dispatcher = new Agent({ connections: config.concurrency + 2 })

  const cipher = config.encryptionKey === undefined ? undefined : createCipher(config.encryptionKey)
  const tokens = createTokens({
    ...shared,
    store: createTokenStore(db, timing, cipher, options.recoveries),
    request: () => {
      const deadlineMs = timing.tokenDeadlineMs
      return requestToken({ ...configured(account), accountsUrl: config.accountsUrl, dispatcher, deadlineMs })
    },
  })
  const obstacle = () => (account ? tokens.obstacle() : notConfigured(clock))
  const permits = createPermits({
    ...shared,
    budget: createBudget(shared),
    obstacle,
    held: options.held ?? (async () => undefined),
  })
  const call = createCaller({
    ...shared,
    dispatcher,
    permits,
    clockWatch,
    record: createRecorder(shared),
    organizationId: account?.organizationId ?? '',
    announce: (outcome) => {
      for (const listener of listeners) listener(outcome)
    },
  })
  const scopes = createDeniedScopes(clock, timing.scopeMemoryMs)
  const client = createClient({ ...shared, call, permits, tokens, scopes })

  return {
    ...client,
    acquire: permits.acquire,
    acquireWhenFree: permits.acquireWhenFree,
    pages: (endpoint, reading) => readPages(client, endpoint, reading),
    organization({ signal = closing.signal } = {}) {
      return readOrganization({ db, client, organizationId: configured(account).organizationId, signal })
    },
    async state() {
      const state = await readState(shared)
      return {
        configured: account !== undefined,
        ...state,
        budget: { ...state.budget, waiting: permits.waiting() },
        clockSkewMs: clockWatch.skewMs(),
      }
    },
    async retryToken() {
      configured(account)
      const { token } = await readState(shared)
      // Also where the token of now has life left: only a new one shows that the credentials are accepted.
      await tokens.renew(token.generation, false)
    },
    onCall(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      closing.abort()
      await permits.close(new TdsError('ZOHO_CLOSED', 'transient', 'The service is stopping'))
      await dispatcher.destroy()
    },
  }
}

/** What a call needs and a new installation lacks. */
function accountOf({ clientId, clientSecret, refreshToken, organizationId }: Config['zoho']) {
  if (!clientId || !clientSecret || !refreshToken || !organizationId) return undefined
  return { clientId, clientSecret, refreshToken, organizationId }
}

function configured(account: ReturnType<typeof accountOf>) {
  if (account) return account
  throw new TdsError('ZOHO_NOT_CONFIGURED', 'wait', notConfiguredWords)
}

const notConfiguredWords =
  'Zoho is not configured: set ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, ZOHO_REFRESH_TOKEN and ZOHO_ORGANIZATION_ID'

/** Only a restart with other settings ends it. */
const notConfigured = (clock: Clock) =>
  new TdsError('ZOHO_NOT_CONFIGURED', 'wait', notConfiguredWords, { retryAt: new Date(clock.now() + 3_600_000) })
