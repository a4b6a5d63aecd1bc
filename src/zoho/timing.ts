/** Every pause of this room in milliseconds, so that tests run the same rules on a faster clock. */
export interface Timing {
  /** The receiver's sliding window; Zoho's minute. The pauses after limit errors are multiples of it. */
  readonly windowMs: number
  /** A whole call, body included, unless it asks for less. */
  readonly deadlineMs: number
  /** A permit may wait this long for its call to begin. */
  readonly permitSlackMs: number
  /** Longer waits for a permit are an error that names the time, so that nobody seems to hang. */
  readonly patienceMs: number
  /** How long a product rests after it failed repeatedly; doubles up to the most. */
  readonly breakerRestMs: number
  readonly breakerMostMs: number
  /** The first pause before a transient failure is repeated; doubles each time. */
  readonly retryMs: number
  /** The token is replaced so long before it ends. */
  readonly tokenEarlyMs: number
  /** Never more than one token request in this time; also the lease of the process that makes it. */
  readonly tokenGapMs: number
  readonly tokenDeadlineMs: number
  /** After "Access Denied" of the token endpoint. */
  readonly tokenThrottledMs: number
  /** After refused credentials, which need a human. */
  readonly tokenPausedMs: number
  /** How often a process that waits for another's token request looks whether it has come. */
  readonly tokenLookMs: number
  /** A path that was refused for its scope is not tried with a fresh token again for so long. */
  readonly scopeMemoryMs: number
}

const second = 1000
const minute = 60 * second

export const zohoTiming: Timing = {
  windowMs: minute,
  deadlineMs: 30 * second,
  permitSlackMs: 15 * second,
  patienceMs: 11 * minute,
  breakerRestMs: 30 * second,
  breakerMostMs: 10 * minute,
  retryMs: second,
  tokenEarlyMs: 5 * minute,
  tokenGapMs: minute,
  tokenDeadlineMs: 10 * second,
  tokenThrottledMs: 10 * minute,
  tokenPausedMs: 15 * minute,
  tokenLookMs: 100,
  scopeMemoryMs: 10 * minute,
}
