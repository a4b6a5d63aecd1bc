import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { testServer } from '../helpers/database.ts'
import { eventsIn, inboxOver, until } from './setup.ts'

const script = fileURLToPath(new URL('./crash-child.ts', import.meta.url))

/** Lets the child answer so many webhooks, then kills it. @returns the ids it printed whole */
async function answeredBeforeKill(connectionString: string, dir: string, atLeast: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, connectionString, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
    if (printed.length > atLeast * 37) child.kill('SIGKILL')
  })
  await once(child, 'close')
  return printed.split('\n').slice(0, -1)
}

for (const state of ['up', 'down'] as const) {
  t.test(`SIGKILL with the database ${state} loses nothing that was answered`, async (t) => {
    const server = await testServer(t)
    const dir = t.testdir({})
    if (state === 'down') await server.stop()
    const answered = await answeredBeforeKill(server.connectionString, dir, 500)
    t.ok(answered.length > 400)
    if (state === 'down') {
      t.ok((await readdir(dir)).length > 0)
      await server.start()
    }
    const { inbox } = inboxOver(t, server, { spool: { dir, maxBytes: 50_000_000 } })
    inbox.start()
    await until(async () => (await readdir(dir)).every((name) => !name.endsWith('.events')), 'an empty spool')
    await until(async () => (await eventsIn(server)).every((row) => row.status === 'promoted'), 'promotion')
    const stored = new Set((await eventsIn(server)).map((row) => row.event_id))
    t.same(
      answered.filter((id) => !stored.has(id)),
      [],
    )
  })
}
