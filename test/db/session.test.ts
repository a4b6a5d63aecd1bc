import t from 'tap'
import { createDatabase, isAnswered, noticeDeath } from '../../db/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { openFaultProxy } from '../torture/fault-proxy.ts'

t.test('a session that the network has forgotten is found out, a living one is not', async (t) => {
  const { connectionString } = await testDatabase(t)
  const network = await openFaultProxy(connectionString)
  t.teardown(network.close)
  const options = { maxConnections: 2, statementTimeoutMs: 0, applicationName: 'session' }
  const { pool, close } = createDatabase({ ...options, connectionString: network.url })
  t.teardown(close)
  const client = await pool.connect()
  await noticeDeath(client)
  t.equal(await isAnswered(client), true)
  network.set({ kind: 'black-hole' })
  t.equal(await isAnswered(client, 100), false)
  client.release(true)
})

t.test('the server notices within half a minute that a client is gone', async (t) => {
  const { pool } = await testDatabase(t)
  const client = await pool.connect()
  await noticeDeath(client)
  const names = ['idle', 'interval', 'count']
  const settings = await Promise.all(names.map((name) => client.query(`show tcp_keepalives_${name}`)))
  const [idle = 0, interval = 0, count = 0] = settings.map(({ rows }) =>
    Number.parseInt(String(Object.values(rows[0] ?? {})[0]), 10),
  )
  t.ok(idle > 0 && idle + interval * count <= 30, `${idle} s, then ${count} probes each ${interval} s`)
  client.release()
})
