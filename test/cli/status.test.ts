import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import t, { type Test } from 'tap'
import { sql } from '../../db/index.ts'
import { cut, widthOf } from '../../src/cli/cut.ts'
import { commands, runCli, type TextStream } from '../../src/cli/index.ts'
import { testDatabase } from '../helpers/database.ts'
import { environmentFor } from '../helpers/service.ts'
import { createSimulator } from '../simulator/index.ts'

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const arabic = 'الطابعة لم تصل إلى المستودع بعد \u202Eوهذا تنبيه طويل جدا جدا جدا لا يتسع له سطر واحد من الشاشة أبدا'

async function setUp(t: Test) {
  const simulator = await createSimulator({ items: 10, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const { connectionString, db } = await testDatabase(t)
  await sql`insert into tds_sync_runs (entity_type, mode, fetched, written) values ('bills', 'full', 200, 50)`.execute(
    db,
  )
  await sql`insert into tds_alerts (fingerprint, severity, title, message) values ('odd', 'warning', 'Odd', ${arabic})`.execute(
    db,
  )
  return { db, env: environmentFor(simulator, t.testdir(), { DATABASE_URL: connectionString }) }
}

interface Screen extends TextStream {
  readonly frames: string[]
  /** Resolves with the frame of this number, from 1. */
  frame(number: number): Promise<string>
}

function screen(columns: number, rows: number): Screen {
  const frames: string[] = []
  const waiting: { number: number; resolve: (frame: string) => void }[] = []
  return {
    isTTY: true,
    columns,
    rows,
    frames,
    write(part) {
      if (!part.startsWith('\x1b[H')) return
      frames.push(part)
      for (const { number, resolve } of waiting) if (frames.length >= number) resolve(part)
    },
    frame: (number) => new Promise((resolve) => waiting.push({ number, resolve })),
  }
}

const plain = (text: string) => stripVTControlCharacters(text)

t.test('live: drawn anew each second with what has changed, within its columns and rows, until q', async (t) => {
  const { env, db } = await setUp(t)
  const [stdout, stdin] = [screen(80, 16), new PassThrough()]
  const raw: boolean[] = []
  const input = Object.assign(stdin, { isTTY: true, setRawMode: (mode: boolean) => raw.push(mode) })
  const ended = runCli({
    argv: ['status'],
    commands,
    env,
    stdout,
    stderr: { write: () => {} },
    stdin: input,
    signal: new AbortController().signal,
  })
  const first = plain(await stdout.frame(1))
  t.match(first, /Run {5}bills full list \[##\.+\] 50\/200/)
  t.match(first, /Alert {3}warning odd: الطابعة/)
  await sql`update tds_sync_runs set written = 120`.execute(db)
  const later = plain(await stdout.frame(stdout.frames.length + 2))
  t.match(later, /bills full list \[#{6}\.{4}\] 120\/200/)
  for (const line of later.split('\r\n')) t.ok(widthOf(line) <= 80, line)
  t.ok(later.split('\r\n').length <= 16)
  t.notMatch(later, '\u202E', 'nothing turns the direction of the line')
  stdin.write('q')
  await ended
  t.strictSame(raw, [true, false], 'the keyboard is given back')
})

t.test('once: plain lines where nobody watches, and with --once; one document with --json', async (t) => {
  const { env } = await setUp(t)
  const tell = async (argv: readonly string[], isTTY: boolean) => {
    let said = ''
    const stdout = { isTTY, columns: 80, write: (part: string) => (said += part) }
    await runCli({ argv, commands, env, stdout, stderr: { write: () => {} }, signal: new AbortController().signal })
    return said
  }
  for (const said of [await tell(['status'], false), await tell(['status', '--once'], true)]) {
    t.match(said, /^TDS .* is /)
    t.notMatch(said, '\x1b')
  }
  t.match(JSON.parse(await tell(['status', '--json'], true)), {
    runs: [{ entity_type: 'bills', settled: 50 }],
    alerts: [{ fingerprint: 'odd' }],
    health: {},
  })
})

t.test(
  'on a real terminal it ends with q and leaves the screen as it was',
  { skip: !existsSync('/usr/bin/script') && 'needs script(1)' },
  async (t) => {
    const { env } = await setUp(t)
    const command = `stty cols 80 rows 24; exec '${process.execPath}' '${program}' status`
    const child = spawn('/usr/bin/script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env.PATH ?? '', TERM: 'xterm', SHELL: '/bin/sh', ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    const ended = once(child, 'close')
    let said = ''
    const drawn = Promise.withResolvers<void>()
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      said += part
      if (said.includes('q ends this')) drawn.resolve()
    })
    await drawn.promise
    child.stdin.write('q')
    await ended
    t.match(said, '\x1b[?1049h')
    t.ok(said.includes('\x1b[?25h\x1b[?1049l'), 'cursor and screen are given back')
    t.match(plain(said), /Run {5}bills full/)
  },
)

t.test('cutting keeps letters whole and takes out what a terminal would obey', async (t) => {
  t.equal(cut('abc', 3), 'abc')
  t.equal(cut('abcd', 3), 'ab…')
  t.equal(cut('a\x1b[31mred\u202E', 80), 'a [31mred ')
  t.equal(widthOf('مَدْرَسَة'), 5, 'marks take no column')
  t.equal(cut('漢字漢字', 5), '漢字…')
})
