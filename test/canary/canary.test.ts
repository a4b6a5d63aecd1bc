import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import t, { type Test } from 'tap'
import { sql } from '../../db/index.ts'
import { createCipher } from '../../src/zoho/cipher.ts'
import { httpReceiver, mailServer } from '../alerts/receivers.ts'
import { testDatabase } from '../helpers/database.ts'
import { ofTheMachine } from '../helpers/process.ts'
import { environmentFor, until } from '../helpers/service.ts'
import { createSimulator } from '../simulator/index.ts'
import { readOperations } from '../torture/fuzz/contract.ts'
import { markersFor } from './markers.ts'
import { foundIn, foundInFiles, foundInTables } from './search.ts'

const program = join(import.meta.dirname, '../../src/main.ts')

t.test(
  'no secret is in any output, answer, table, file or argument, whatever goes wrong',
  { timeout: 240_000 },
  async (t) => {
    const { db, connectionString, server } = await testDatabase(t)
    const mail = await mailServer(t)
    const http = await httpReceiver(t)
    http.answers.status = 500
    const { env: secrets, markers } = markersFor({ smtp: `127.0.0.1:${mail.port}`, http: http.url })
    const databasePassword = 'canarydatabase7Qx2Lm9Vt4Kp8'
    const databaseUrl = await roleOf(t, {
      connectionString,
      server: server.connectionString,
      password: databasePassword,
    })
    const simulator = await createSimulator({
      items: 12,
      limits: 'relaxed',
      credentials: {
        clientId: secrets.ZOHO_CLIENT_ID ?? '',
        clientSecret: secrets.ZOHO_CLIENT_SECRET ?? '',
        refreshToken: secrets.ZOHO_REFRESH_TOKEN ?? '',
      },
    })
    t.teardown(() => simulator.close())
    const dataDir = t.testdir()
    const env = environmentFor(simulator, dataDir, {
      ...secrets,
      DATABASE_URL: databaseUrl,
      TDS_LOG_LEVEL: 'trace',
      TDS_WEBHOOK_OBSERVE: 'true',
      TDS_SCHEDULER: 'true',
      PORT: '0',
    })
    const seen = new Map<string, string>()
    const service = await serve(t, env)
    const admin = { authorization: `Bearer ${secrets.TDS_ADMIN_KEY}` }
    /** What strangers try is as secret as what is right: it may be one letter from it. */
    const tried = {
      key: 'canarytriedkey7Qx2Lm9Vt4',
      bearer: 'tds_canarytriedbearer7Qx2Lm9Vt4',
      signature: 'canarytriedsignature7Qx2Lm9',
    }
    const ask = async (path: string, init: RequestInit = {}) => {
      const reply = await fetch(service.url + path, { signal: AbortSignal.timeout(30_000), ...init })
      const isStream = reply.headers.get('content-type')?.startsWith('text/event-stream')
      const answer = isStream ? '' : await reply.text()
      if (isStream) await reply.body?.cancel()
      seen.set(
        `${init.method ?? 'GET'} ${path.split('?')[0]} ${seen.size}`,
        answer + JSON.stringify([...reply.headers]),
      )
      return { status: reply.status, answer }
    }
    const post = (path: string, body: object, headers: Record<string, string> = admin) =>
      ask(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { ...headers, 'content-type': 'application/json' },
      })

    await t.test('it works with them', async (t) => {
      await until(
        db,
        'a token is there',
        sql`select coalesce((select access_token is not null from tds_zoho_token), false)`,
        60_000,
      )
      await post('/api/tds/syncs', { mode: 'full', entities: ['products', 'customers'] })
      await until(
        db,
        'the products are read',
        sql`select exists (select from tds_sync_runs where entity_type = 'products' and mode = 'full' and status = 'settled')`,
        90_000,
      )
      const body = JSON.stringify({ item: { item_id: simulator.control.records.ids('items')[0] } })
      const [secret = ''] = (secrets.TDS_WEBHOOK_SECRET ?? '').split(',')
      const hooks = '/api/tds/webhooks/products'
      const signature = createHmac('sha256', secret).update(body).digest('hex')
      const send = (path: string, headers: Record<string, string>) => ask(path, { method: 'POST', body, headers })
      t.equal((await send(hooks, { 'x-zoho-webhook-signature': signature })).status, 200)
      t.equal((await send(`${hooks}?key=${secrets.TDS_WEBHOOK_KEY}&event=edited`, {})).status, 200)
      t.equal((await send(hooks, { 'x-webhook-key': secrets.TDS_WEBHOOK_KEY ?? '' })).status, 200)
      // A proxy or a proud sender may say it all at once.
      t.equal(
        (
          await send(hooks, {
            ...admin,
            cookie: `key=${secrets.TDS_ADMIN_KEY}`,
            'x-webhook-key': secrets.TDS_WEBHOOK_KEY ?? '',
          })
        ).status,
        200,
      )
      t.equal((await send(`${hooks}?key=${tried.key}`, {})).status, 401)
      t.equal((await send(hooks, { 'x-webhook-key': tried.key })).status, 401)
      t.equal((await send(hooks, { 'x-zoho-webhook-signature': tried.signature })).status, 401)
      t.equal((await ask('/api/tds/dlq', { headers: { authorization: `Bearer ${tried.bearer}` } })).status, 401)
      t.equal((await ask(`/api/tds/nowhere?key=${secrets.TDS_WEBHOOK_KEY}`, { headers: admin })).status, 404)
      await until(
        db,
        'the events are promoted',
        sql`select not exists (select from tds_inbox_events where status = 'received')`,
      )
    })

    const made = await fetch(`${service.url}/api/tds/keys`, {
      method: 'POST',
      headers: { ...admin, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'canary', scopes: ['health:read'] }),
    })
    const { token: keyToken } = (await made.json()) as { token: string }
    t.equal((await ask('/api/tds/health', { headers: { authorization: `Bearer ${keyToken}` } })).status < 504, true)
    const sealed = await accessToken(db)
    t.equal(sealed.isEncrypted, true)
    const token = createCipher(secrets.TDS_ENCRYPTION_KEY ?? '').decrypt(sealed.stored) ?? ''
    t.match(token, /^1000\.[0-9a-f]+/, 'the key of the configuration opens it')
    t.equal(createCipher('another-encryption-key-0123456789').decrypt(sealed.stored), undefined, 'no other does')

    await t.test('things go wrong', async (t) => {
      const { faults, oauth } = simulator.control
      for (const kind of ['html', 'json-code', 'internal-error', 'truncated'] as const) {
        faults.set({ kind, times: 2 })
        await post('/api/tds/syncs', { mode: 'incremental', entities: ['products'] })
        await until(
          db,
          'the fault was met',
          sql`select not exists (select from tds_sync_runs where status = 'running')`,
          60_000,
        )
      }
      oauth.expire()
      oauth.refuse('invalid_client_secret')
      // A token is asked for once a minute at most: that minute is over.
      await sql`update tds_zoho_token set attempted_at = null, expires_at = clock_timestamp()`.execute(db)
      await post('/api/tds/syncs', { mode: 'incremental', entities: ['customers'] })
      await until(
        db,
        'the refusal was met',
        sql`select exists (select from tds_zoho_token where error_code is not null)`,
        90_000,
      )
      const { answer } = await post('/api/tds/alerts/test', { reason: 'canary' })
      t.match(answer, 'email')
      t.ok(
        http.received.some(({ path }) => path.includes('canary')),
        'the receivers were called by their secret addresses',
      )
      await passwordIsRefused(server.connectionString, databaseUrl)
      await ask('/api/tds/health', { headers: admin })
      await ask('/api/tds/dlq', { headers: admin })
      await passwordIsRight(server.connectionString, databaseUrl, databasePassword)
      const back = async () => (await ask('/api/tds/dlq', { headers: admin })).status
      while ((await back()) !== 200);
    })

    simulator.control.faults.clear()
    simulator.control.oauth.refuse()
    await sql`update tds_zoho_token set attempted_at = null, paused_at = null, error_code = null`.execute(db)
    for (const { method, path, places, isGuarded } of await readOperations()) {
      if (method !== 'GET') continue
      const url = path.replace(
        /\{(\w+)\}/g,
        (_, name: string) => places.find((each) => each.name === name)?.example ?? '1',
      )
      await ask(url, isGuarded || path === '/api/tds/health' ? { headers: admin } : {})
    }
    const commands = [
      ['doctor', '--json'],
      ['status'],
      ['keys', 'list'],
      ['config', 'check'],
      ['sync', 'incremental', 'customers'],
    ]
    for (const args of commands) seen.set(`tds ${args.join(' ')}`, await tds(t, env, args, seen))
    seen.set('arguments of the service', await readFile(`/proc/${service.pid}/cmdline`, 'utf8').catch(() => ''))
    const output = await service.stop()
    t.ok(output.length > 10_000, `${output.length} characters of log`)
    seen.set('output of the service', output)

    const words = [...markers, databasePassword, token, keyToken, ...Object.values(tried)]
    t.ok(words.length >= 18, `${words.length} secrets`)
    t.ok(seen.size > 70, `${seen.size} outputs and answers`)
    t.same(foundIn(seen, words), [])
    t.same(await foundInTables(db, words), [])
    t.same(await foundInFiles(dataDir, words), [])

    await t.test('what is there would be found', async (t) => {
      const [word = ''] = words
      t.same(foundIn(new Map([['there', `x${word}x`]]), words), [`there: x${word}x`])
      const forms = [word, Buffer.from(word).toString('base64'), Buffer.from(word).toString('hex')]
      for (const form of forms) {
        await sql`insert into tds_configuration (key, value) values (${`canary ${form}`}, '1')`.execute(db)
        t.equal((await foundInTables(db, words)).length, 1, form)
        await sql`delete from tds_configuration where key like 'canary %'`.execute(db)
      }
    })
  },
)

async function accessToken(db: Parameters<typeof foundInTables>[0]) {
  const { rows } = await sql<{ stored: string; isEncrypted: boolean }>`
    select access_token as stored, is_encrypted as "isEncrypted" from tds_zoho_token`.execute(db)
  return { stored: rows[0]?.stored ?? '', isEncrypted: rows[0]?.isEncrypted ?? false }
}

interface Role {
  readonly connectionString: string
  readonly server: string
  readonly password: string
}

/** The same database by a role whose password is a marker. @returns its URL */
async function roleOf(t: Test, { connectionString, server, password }: Role): Promise<string> {
  const name = `canary_${process.pid}`
  await query(server, `drop role if exists ${name}`)
  await query(server, `create role ${name} login superuser password '${password}'`)
  t.teardown(() => query(server, `drop owned by ${name}; drop role ${name}`).catch(() => {}))
  return Object.assign(new URL(connectionString), { username: name, password }).href
}

async function passwordIsRefused(server: string, url: string): Promise<void> {
  const { username } = new URL(url)
  await query(server, `alter role ${username} password 'another'`)
  await query(server, `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${username}'`)
}

async function passwordIsRight(server: string, url: string, password: string): Promise<void> {
  await query(server, `alter role ${new URL(url).username} password '${password}'`)
}

async function query(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

async function serve(t: Test, env: Record<string, string>) {
  const child = spawn(process.execPath, [program, 'serve'], {
    env: { ...ofTheMachine(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  child.once('exit', () => reject(new Error(`It ended before it listened: ${output}`)))
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      output += part
      const url = /TDS listens on (http:\/\/[\d.:]+)/.exec(output)?.[1]
      if (url) resolve(url)
    })
  return {
    url: await promise,
    pid: child.pid,
    async stop() {
      child.kill('SIGTERM')
      await exited
      return output
    },
  }
}

/** A command to its end. @returns all it said */
async function tds(
  t: Test,
  env: Record<string, string>,
  args: readonly string[],
  seen: Map<string, string>,
): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...ofTheMachine(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  seen.set(`arguments of ${args.join(' ')}`, await readFile(`/proc/${child.pid}/cmdline`, 'utf8').catch(() => ''))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return stdout + stderr
}
