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
  // SQLSTATE: shut down, crashed, starting or stopping, idle session ended, too many connections
  '57P01',
  '57P02',
  '57P03',
  '57P05',
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
