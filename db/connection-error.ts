const lostOrRefused = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // SQLSTATE: shut down, crashed, starting or stopping, idle session ended, session or transaction timed out, too many
  // connections
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '25P03',
  '25P04',
  '53300',
])

/**
 * pg gives these errors neither a code nor a class of their own, so here, and only here, the words decide. They are pg's
 * and pg-pool's literal texts; a test provokes those that can be provoked, so that a change of them is seen.
 */
const wordsOfPg = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
])

/** Whether the database could not be reached or went away: nothing is known about the statement but that it may be repeated. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code !== undefined) return lostOrRefused.has(code) || /^08[0-9A-Z]{3}$/.test(code)
  return wordsOfPg.has(error.message) || isConnectionError(error.cause)
}

/**
 * SQLSTATE of what says nothing about the statement, only about the moment: lost against another transaction (40), no disk,
 * memory or connection left (53), the server's own files (58), read-only, a lock not to be had. A statement that took too
 * long (57014) is not among them: it may do so every time.
 */
const passing = /^(40|53|58)[0-9A-Z]{3}$|^(25006|55P03)$/

/** Whether the same statement may go through later, with nobody changing it: the database is away, or cannot do it now. */
export function isPassingError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (isConnectionError(error)) return true
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return code === undefined ? isPassingError(error.cause) : passing.test(code)
}
