import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import t, { type Test } from 'tap'
import { canReach } from '../../db/embedded/account.ts'
import { type Embedded, startEmbedded } from '../../db/index.ts'

const program = fileURLToPath(new URL('./embedded-process.ts', import.meta.url))
const nobody = 65_534

/** Made once, since making a cluster is the slow part; each test that uses it leaves it stopped. */
const stoppedCluster = await clusterFolder(t)

interface Said {
  readonly connectionString: string
  readonly port: number
  readonly adopted: boolean
  readonly folder: string
  readonly said: readonly string[]
}

t.test('it starts, keeps its data and its port, and stops', async (t) => {
  const dataDir = await clusterFolder(t)
  const first = await startEmbedded({ dataDir, fast: true })
  t.notOk(first.adopted)
  await query(first, 'create table kept (id int)')
  await first.stop()
  await first.stop()
  await t.rejects(query(first, 'select 1'), { code: 'ECONNREFUSED' })

  const second = await startEmbedded({ dataDir, fast: true })
  t.notOk(second.adopted)
  t.equal(second.port, first.port)
  t.strictSame(await query(second, 'select count(*)::int as rows from kept'), [{ rows: 0 }])
  await second.destroy()
  await t.rejects(stat(second.folder), { code: 'ENOENT' })
})

t.test('it is reached with a random password over the loopback only', async (t) => {
  const server = await startEmbedded({ dataDir: stoppedCluster, fast: true })
  t.teardown(() => server.stop())
  const url = new URL(server.connectionString)
  t.equal(url.hostname, '127.0.0.1')
  t.match(url.password, /^[0-9a-f]{48}$/)
  t.equal((await stat(join(server.folder, 'password'))).mode & 0o077, 0)
  t.equal((await stat(server.folder)).mode & 0o077, 0)
  t.strictSame(
    await query(
      server,
      `select name, setting from pg_settings
      where name in ('listen_addresses', 'unix_socket_directories') order by name`,
    ),
    [
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'unix_socket_directories', setting: '' },
    ],
  )
  url.password = 'password'
  await t.rejects(query({ connectionString: url.href }, 'select 1'), { code: '28P01' })
})

t.test('a server whose parent was killed is adopted with its data, and stopped by who adopted it', async (t) => {
  const parent = await otherProcess(t, stoppedCluster)
  await query(parent.said, 'create table kept (id int)')
  parent.child.kill('SIGKILL')
  await once(parent.child, 'close')

  const server = await startEmbedded({ dataDir: stoppedCluster, fast: true })
  t.teardown(() => server.stop())
  t.ok(server.adopted)
  t.equal(server.connectionString, parent.said.connectionString)
  t.strictSame(await query(server, 'select count(*)::int as rows from kept'), [{ rows: 0 }])
  await server.stop()
  await t.rejects(query(server, 'select 1'), { code: 'ECONNREFUSED' })
})

t.test('of three processes at once, one starts it, two adopt it, the last to leave stops it', async (t) => {
  const all = await Promise.all([1, 2, 3].map(() => otherProcess(t, stoppedCluster)))
  t.strictSame(all.map(({ said }) => said.adopted).toSorted(), [false, true, true])
  const [first, ...others] = all.toSorted((a, b) => Number(a.said.adopted) - Number(b.said.adopted))
  await first?.leave()
  for (const other of others) {
    t.strictSame(await query(other.said, 'select 1 as one'), [{ one: 1 }])
    await other.leave()
    t.equal(other.child.exitCode, 0)
  }
  for (const { said } of all) await t.rejects(query(said, 'select 1'), { code: 'ECONNREFUSED' })
})

t.test('a killed server is started again over what it left', async (t) => {
  const server = await startEmbedded({ dataDir: stoppedCluster, fast: true })
  const pid = await serverPid(server)
  process.kill(pid, 'SIGKILL')
  await t.rejects(eventually(() => query(server, 'select 1')))

  const next = await startEmbedded({ dataDir: stoppedCluster, fast: true })
  t.notOk(next.adopted)
  t.strictSame(await query(next, 'select 1 as one'), [{ one: 1 }])
  await Promise.all([server.stop(), next.stop()])
  await t.rejects(query(next, 'select 1'), { code: 'ECONNREFUSED' })
})

t.test('a pid file whose number now belongs to another process is cleared', async (t) => {
  const server = await startEmbedded({ dataDir: stoppedCluster, fast: true })
  const pidFile = join(server.folder, 'data', 'postmaster.pid')
  const [, ...lines] = (await readFile(pidFile, 'utf8')).split('\n')
  await server.stop()
  const stranger = spawn('sleep', ['600'], asClusterUser(await stat(server.folder)))
  t.teardown(() => stranger.kill())
  await writeFile(pidFile, [stranger.pid, ...lines].join('\n'))

  const next = await startEmbedded({ dataDir: stoppedCluster, fast: true })
  t.notOk(next.adopted)
  t.strictSame(await query(next, 'select 1 as one'), [{ one: 1 }])
  t.equal(stranger.exitCode, null)
  await next.stop()
})

t.test('the lock of a killed process and a half-made cluster are no obstacle', async (t) => {
  const dataDir = await clusterFolder(t)
  const dead = spawn('true')
  await once(dead, 'close')
  await writeFile(`${dataDir}.lock`, `${dead.pid}-1`)
  await mkdir(join(dataDir, 'data.new'), { recursive: true })
  await writeFile(join(dataDir, 'data.new', 'PG_VERSION'), '18')
  const server = await startEmbedded({ dataDir, fast: true })
  t.strictSame(await query(server, 'select 1 as one'), [{ one: 1 }])
  await server.destroy()
})

t.test('its old port taken by another, it takes a new one; a port it was told to use is an error', async (t) => {
  const dataDir = stoppedCluster
  const first = await startEmbedded({ dataDir, fast: true })
  await first.stop()
  const squatter = createServer().listen(first.port, '127.0.0.1')
  t.teardown(() => squatter.close())
  await once(squatter, 'listening')
  const second = await startEmbedded({ dataDir, fast: true })
  t.not(second.port, first.port)
  await second.stop()
  await t.rejects(startEmbedded({ dataDir, fast: true, port: first.port }), /the embedded PostgreSQL did not start/)
})

t.test('a halted server comes back on its port with its data', async (t) => {
  const server = await startEmbedded({ dataDir: stoppedCluster, fast: true })
  t.teardown(() => server.stop())
  await query(server, 'create table halted (id int)')
  for (const mode of ['fast', 'immediate'] as const) {
    await server.halt(mode)
    await t.rejects(query(server, 'select 1'), { code: 'ECONNREFUSED' })
    await server.start()
    t.strictSame(await query(server, 'select count(*)::int as rows from halted'), [{ rows: 0 }])
  }
})

t.test('production is refused', async (t) => {
  const dataDir = join(t.testdir(), 'postgres')
  await t.rejects(startEmbedded({ dataDir, production: true }), { message: /set DATABASE_URL/ })
  await t.rejects(stat(dataDir), { code: 'ENOENT' })
})

t.test('a folder is reached only through folders that let one pass', async (t) => {
  const folder = await clusterFolder(t)
  const { uid, gid } = userInfo()
  const stranger = { name: 'stranger', uid: uid + 1, gid: gid + 1 }
  await mkdir(join(folder, 'inner'), { recursive: true })
  t.ok(await canReach(join(folder, 'inner'), stranger))
  await chmod(folder, 0o700)
  t.notOk(await canReach(join(folder, 'inner'), stranger))
  t.ok(await canReach(join(folder, 'inner'), { ...stranger, uid }))
})

const isRoot = userInfo().uid === 0
const asRoot = isRoot ? {} : { skip: 'needs root' }

t.test('below a folder only root can enter, the cluster is elsewhere and says where', asRoot, async (t) => {
  const home = await clusterFolder(t)
  await mkdir(home, { mode: 0o700 })
  const { said, leave } = await otherProcess(t, join(home, 'clone', 'postgres'))
  t.teardown(() => rm(said.folder, { recursive: true }))
  t.notMatch(said.folder, home)
  t.match(said.said[0], `cannot reach ${join(home, 'clone')}, so the data is in ${said.folder}`)
  t.strictSame(await query(said, 'select 1 as one'), [{ one: 1 }])
  await leave()
})

t.test('a plain user runs it as himself', asRoot, async (t) => {
  if (!(await isOpenToOthers())) return t.pass('cannot be tried', { skip: 'the clone is below a private folder' })
  const home = await clusterFolder(t)
  await mkdir(home)
  await chown(home, nobody, nobody)
  const { said, leave } = await otherProcess(t, join(home, 'postgres'), { uid: nobody, gid: nobody })
  t.strictSame(await query(said, 'select 1 as one'), [{ one: 1 }])
  t.equal((await stat(join(said.folder, 'data'))).uid, nobody)
  await leave()
  const asRoot = await startEmbedded({ dataDir: join(home, 'postgres'), fast: true })
  t.strictSame(await query(asRoot, 'select 1 as one'), [{ one: 1 }], 'root starts the same cluster as that user')
  t.equal((await stat(join(said.folder, 'data', 'postmaster.pid'))).uid, nobody)
  await asRoot.stop()
})

t.test('a cluster of another user is refused with words, not with a permission error', asRoot, async (t) => {
  if (!(await isOpenToOthers())) return t.pass('cannot be tried', { skip: 'the clone is below a private folder' })
  const server = await startEmbedded({ dataDir: stoppedCluster, fast: true })
  await server.stop()
  const user = { uid: nobody - 1, gid: nobody - 1 }
  const args = ['-i', `PATH=${process.env.PATH}`, process.execPath, program, stoppedCluster]
  const child = spawn('env', args, { ...user, stdio: ['ignore', 'ignore', 'pipe'] })
  t.match(await text(child.stderr), /belongs to user number \d+; delete it, or continue as that user/)
})

function isOpenToOthers(): Promise<boolean> {
  return canReach(dirname(program), { name: 'nobody', uid: nobody, gid: nobody })
}

/** A path below the temporary folder, which every user reaches; removed after the test. */
async function clusterFolder(t: Test): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'tds-embedded-'))
  await chmod(parent, 0o755)
  t.teardown(() => rm(parent, { recursive: true, force: true }))
  return join(parent, 'postgres')
}

interface OtherProcess {
  readonly child: ChildProcess
  readonly said: Said
  /** Ends its input, at which it stops the server and goes. */
  leave(): Promise<void>
}

async function otherProcess(
  t: Test,
  dataDir: string,
  user: { uid?: number; gid?: number } = {},
): Promise<OtherProcess> {
  // `env -i` keeps out the hooks that tap puts into each Node: they write where another user may not.
  const args = ['-i', `PATH=${process.env.PATH}`, process.execPath, program, dataDir]
  const child = spawn('env', args, { ...user, stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const closed = once(child, 'close')
  const leave = async () => {
    child.stdin.end()
    await closed
  }
  return { child, said: JSON.parse(line), leave }
}

async function query(server: { connectionString: string }, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.connectionString })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function serverPid(server: Embedded): Promise<number> {
  return Number.parseInt(await readFile(join(server.folder, 'data', 'postmaster.pid'), 'utf8'), 10)
}

/** Repeats what succeeds until it fails. */
async function eventually(work: () => Promise<unknown>): Promise<never> {
  while (true) await work()
}

function asClusterUser({ uid, gid }: { uid: number; gid: number }): { uid?: number; gid?: number } {
  return isRoot ? { uid, gid } : {}
}
