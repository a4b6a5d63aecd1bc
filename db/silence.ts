import { Socket } from 'node:net'
import type { Client } from 'pg'

/**
 * Ends a connection on which a query waits and not one byte has come for `limitMs`: the other machine is gone or hangs,
 * and the server's own statement timeout cannot reach us. Without this the kernel keeps such a query for 15 minutes.
 * A connection that only listens waits for no query and is left alone.
 */
export function limitSilence(client: Client, limitMs: number, isPatient: () => boolean): void {
  const { stream } = client.connection
  if (!(stream instanceof Socket)) return
  let waiting = 0
  stream.on('timeout', () => {
    if (waiting === 0 || isPatient()) return
    stream.destroy(Object.assign(new Error(`the database was silent for ${limitMs} ms`), { code: 'ETIMEDOUT' }))
  })
  const query = client.query.bind(client)
  // Only the promise form is watched; the overloads stay what they are, so the cast only gives them back.
  client.query = ((...args: Parameters<typeof query>) => {
    const result: unknown = query(...args)
    if (!(result instanceof Promise)) return result
    waiting += 1
    stream.setTimeout(limitMs)
    return result.finally(() => {
      waiting -= 1
      if (waiting === 0) stream.setTimeout(0)
    })
  }) as typeof client.query
}
