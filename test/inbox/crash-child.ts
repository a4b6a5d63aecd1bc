import { createDatabase } from '../../db/index.ts'
import { createInbox } from '../../src/inbox/index.ts'
import { enqueue } from '../../src/queue/index.ts'
import { systemClock } from '../../src/runtime/index.ts'
import { incoming } from './records.ts'
import { resolve, silent } from './setup.ts'

/** Receives without end and prints the id of every answered webhook, until it is killed. */
const [connectionString = '', dir = ''] = process.argv.slice(2)
const { db, pool } = createDatabase({
  connectionString,
  maxConnections: 4,
  statementTimeoutMs: 10_000,
  applicationName: 'crash-child',
})
const inbox = createInbox({
  db,
  pool,
  webhook: { secrets: [], key: 'k', observe: false },
  spool: { dir, maxBytes: 50_000_000 },
  organizationId: undefined,
  resolve,
  enqueue,
  clock: systemClock,
  log: silent,
})
inbox.start()

let n = 0
async function sendForEver(): Promise<void> {
  for (;;) {
    n += 1
    const receipt = await inbox.receive(incoming({ body: Buffer.from(`{"item_id":"${n}"}`) }))
    process.stdout.write(`${receipt.eventId}\n`)
  }
}
await Promise.all(Array.from({ length: 16 }, sendForEver))
