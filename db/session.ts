import type { PoolClient } from 'pg'

/**
 * Whether the server still knows this session. One that is only listened on says nothing when the network between has
 * forgotten it: the server may have ended it, and given its locks to others, long ago.
 */
export async function isAnswered(client: PoolClient, withinMs = 5_000): Promise<boolean> {
  const { promise: tooLate, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), withinMs)
  const answer = client.query('select 1').then(
    () => true,
    () => false,
  )
  try {
    return await Promise.race([answer, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Has the server find out within half a minute that this side is gone without a word (a machine without power), and let go
 * of the session's locks; by default it may take it two hours.
 */
export async function noticeDeath(client: PoolClient): Promise<void> {
  await client.query('set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3')
}
