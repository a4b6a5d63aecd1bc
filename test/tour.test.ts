import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { emptyDatabase } from './helpers/database.ts'
import { ofTheMachine } from './helpers/process.ts'

const program = fileURLToPath(new URL('./demo/main.ts', import.meta.url))
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const blocks = [...readme.matchAll(/^```sh tour\n(.*?)^```$/gms)].map(([, block = '']) => block)

const missing = ['bash', 'curl', 'jq'].filter((tool) => spawnSync(tool, ['--version']).status !== 0)
const skip = missing.length > 0 && `THE TOUR WAS NOT RUN: ${missing.join(' and ')} is not on this machine`
if (skip) console.error(skip)

/** A small demo with its `.tds/demo.json` in a folder of its own, where it stands when this resolves. */
async function demo(t: Test): Promise<string> {
  const { connectionString } = await emptyDatabase(t)
  const folder = t.testdir()
  const child = spawn(process.execPath, [program, '--items', '40'], {
    env: { ...ofTheMachine(), PORT: '0', DATABASE_URL: connectionString, TDS_DATA_DIR: `${folder}/.tds` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(async () => {
    child.kill('SIGINT')
    await once(child, 'close')
  })
  for await (const line of createInterface({ input: child.stdout })) if (/Ctrl-C ends/.test(line)) break
  child.stdout.resume()
  return folder
}

t.test('the five-minute tour of the README does what it says', { skip }, async (t) => {
  t.equal(blocks.length, 4)
  const commands = blocks.flatMap((block) => block.trim().split('\n'))
  t.ok(commands.slice(5).length <= 15, `${commands.length - 5} commands after the preparation`)
  const folder = await demo(t)
  const script = commands.map((line) => `${line} || { echo "failed: $?" >&2; exit 1; }`).join('\n')
  const shell = spawn('bash', ['-o', 'pipefail', '-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, errors, [code]] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')])
  t.equal(code, 0, `${out}\n${errors}`)
  t.match(out, /^\{"status":"healthy"/)
  t.match(out, /^\{"live":40,/m)
  t.match(out, /^1 x Zoho refused the call itself\. /m)
  t.match(out, /^\{"count":1,"calls":1,/m, 'the preview says what it costs')
  t.match(out, /^\{"count":1,"state":"done"\}$/m)
  t.match(out, /^\{"actor":"requeue","before":".+","after":"Renamed in the tour"\}$/m)
  t.match(out, /^key bootstrap\tdlq\.requeue\t1\tZoho is mended$/m)
})
