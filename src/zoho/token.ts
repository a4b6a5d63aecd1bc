import { errorCode, errorMessage, TdsError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import type { Timing } from './timing.ts'
import { type NewToken, type TokenRow, type TokenStore, throttledError } from './token-row.ts'

export interface Token {
  readonly value: string
  readonly generation: number
  readonly apiDomain: string | null
}

/** The access token: one for all processes, fetched by one of them at a time, never more than once a minute. */
export interface Tokens {
  /** @throws TdsError */
  current(): Promise<Token>
  /**
   * Zoho has refused the token of this generation: the next one.
   * @param isDead nobody is to use that token any more
   * @throws TdsError kind `wait` where a request is not allowed yet
   */
  renew(generation: number, isDead: boolean): Promise<Token>
  /**
   * Zoho refuses every call with this token, and another one would not help: all calls pause, as with refused credentials.
   * @returns the same error as a wait
   */
  pause(generation: number, error: TdsError): Promise<TdsError>
  /** The token that is stored and lives, without asking for another; undefined where there is none. */
  stored(): Promise<Token | undefined>
  /** Why asking for a token would fail just now; undefined while it is worth trying. */
  obstacle(): TdsError | undefined
}

export interface TokensOptions {
  readonly store: TokenStore
  readonly request: () => Promise<NewToken>
  readonly clock: Clock
  readonly log: Logger
  readonly timing: Timing
}

/** A token with less life than this is not sent any more. */
const leastLifeMs = 5000
/** What the shared row says is believed for so long where something is wrong: another process may have mended it. */
const beliefMs = 15_000

export function createTokens({ store, request, clock, log, timing }: TokensOptions): Tokens {
  let cached: { readonly token: Token; readonly untilMs: number } | undefined
  let refused: { readonly error: TdsError; readonly untilMs: number } | undefined
  let flight: Promise<Token> | undefined
  let hasTried = false

  return {
    async current() {
      if (cached && clock.now() < cached.untilMs) return cached.token
      return flight ?? take(undefined)
    },
    async renew(generation, isDead) {
      if (isDead) {
        if (cached?.token.generation === generation) cached = undefined
        await store.discard(generation)
      }
      // A flight under way may bring the next token, or bring back the one that was refused.
      while (flight) await flight.catch(() => undefined)
      if (cached && cached.token.generation > generation) return cached.token
      return take(generation)
    },
    async pause(generation, { code, message, detail, cause }) {
      cached = undefined
      await store.pause(generation, pauseNames[code] ?? code, message)
      const retryAt = new Date(clock.now() + timing.tokenPausedMs)
      const error = new TdsError(code, 'wait', message, { cause, retryAt, detail })
      refused = { error, untilMs: clock.now() + beliefMs }
      return error
    },
    stored: async () => usableToken(await store.read(), undefined),
    obstacle: () => (refused && clock.now() < refused.untilMs ? refused.error : undefined),
  }

  function take(rejected: number | undefined): Promise<Token> {
    flight = load(rejected)
      .then((token) => {
        refused = undefined
        return token
      })
      .catch((error: unknown) => {
        // A token refused for one path's scope still serves the others.
        if (rejected === undefined && error instanceof TdsError && error.retryAt) {
          refused = { error, untilMs: Math.min(error.retryAt.getTime(), clock.now() + beliefMs) }
        }
        throw error
      })
      .finally(() => {
        flight = undefined
      })
    return flight
  }

  async function load(rejected: number | undefined): Promise<Token> {
    for (;;) {
      const row = await store.read()
      const usable = usableToken(row, rejected)
      if (usable && row.lifeMs > timing.tokenEarlyMs) return keep(usable, row.lifeMs - timing.tokenEarlyMs)
      if (await store.claim(row.generation, !hasTried)) {
        const failure = await fetchNext(row.generation)
        if (!failure) continue
        if (!usable) throw failure
      } else if (!usable) {
        if (!row.isUnderWay) throw tooEarly(row)
        await clock.sleep(timing.tokenLookMs)
        continue
      }
      return keep(usable, Math.min(row.lifeMs - leastLifeMs, beliefMs))
    }
  }

  function keep(token: Token, forMs: number): Token {
    cached = { token, untilMs: clock.now() + forMs }
    return token
  }

  /** @returns the error, already stored for the other processes, or undefined once the new token is stored */
  async function fetchNext(generation: number): Promise<TdsError | undefined> {
    hasTried = true
    try {
      await store.save(generation, await request())
      log.info({ generation: generation + 1 }, 'Zoho access token renewed')
      return undefined
    } catch (error) {
      if (!(error instanceof TdsError)) throw error
      const code = storedCode(error)
      await store.saveError(generation, code, errorMessage(error))
      log.error({ code: errorCode(error), reason: code }, 'Zoho access token not renewed')
      const { code: name, message, detail } = error
      const retryAt = new Date(clock.now() + pauseAfter(error))
      // Whatever it was, no record was asked for: the work waits, and spends no attempt.
      return new TdsError(name, 'wait', message, { cause: error, retryAt, detail })
    }
  }

  function pauseAfter(error: TdsError): number {
    if (error.code === 'ZOHO_TOKEN_REJECTED') return timing.tokenPausedMs
    return error.code === 'ZOHO_TOKEN_THROTTLED' ? timing.tokenThrottledMs : timing.tokenGapMs
  }

  function tooEarly(row: TokenRow): TdsError {
    const retryAt = new Date(clock.now() + Math.ceil(row.closedMs) + 1)
    return row.isPaused
      ? new TdsError('ZOHO_TOKEN_REJECTED', 'wait', 'Zoho refuses our credentials; the sync is paused', { retryAt })
      : new TdsError('ZOHO_TOKEN_THROTTLED', 'wait', 'The next access token may be asked for later', { retryAt })
  }
}

function usableToken(row: TokenRow, rejected: number | undefined): Token | undefined {
  const { accessToken: value, generation, apiDomain, lifeMs } = row
  if (value === null || lifeMs < leastLifeMs || generation === rejected) return undefined
  return { value, generation, apiDomain }
}

/** Errors that say of every call that a person at Zoho must act, as the token's row names them. */
const pauseNames: Readonly<Record<string, string>> = {
  ZOHO_USER_DISABLED: 'user_disabled',
  ZOHO_UNAUTHORIZED: 'unauthorized',
}

/** Whether a call that failed so, even with a new token, is the end of all calls. */
export const pausesAll = (error: unknown): error is TdsError => error instanceof TdsError && error.code in pauseNames

/** As Zoho words it for a refusal, so that operators find it in Zoho's documentation. */
function storedCode(error: TdsError): string {
  if (error.code === 'ZOHO_TOKEN_THROTTLED') return throttledError
  return typeof error.detail.oauthError === 'string' ? error.detail.oauthError : error.code
}
