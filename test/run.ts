import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { startSharedServer, sweepServers } from './helpers/test-server.ts'
import { root, runCommand } from './runner/command.ts'
import { createTapOutput, type Totals } from './runner/tap-output.ts'

/** `npm test [files]`: types, lint and all tests, or the named test files; the last line says how many passed and failed. */
async function main(files: readonly string[]): Promise<void> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
  const { signal } = interrupted
  const checks = [
    await check('types', 'tsc', ['--noEmit'], signal),
    await check('lint', 'biome', ['check', '.'], signal),
  ]
  const tests = await runTests(files, signal)
  const total = (count: keyof Totals) => [...checks, tests].reduce((sum, each) => sum + each[count], 0)
  if (total('failed') > 0) process.exitCode = 1
  const skipped = total('skipped') > 0 ? `, ${total('skipped')} skipped` : ''
  print(`${total('passed')} passed, ${total('failed')} failed${skipped}`)
}

async function check(what: string, name: string, args: readonly string[], signal: AbortSignal): Promise<Totals> {
  const lines: string[] = []
  const code = await runCommand({ name, args, signal, onLine: (line) => lines.push(line) })
  print(...(code === 0 ? [`ok   ${what}`] : ['', `FAIL ${what} (${name})`, ...lines, '']))
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
}

async function runTests(files: readonly string[], signal: AbortSignal): Promise<Totals> {
  await buildTap(signal)
  const given = process.env.TEST_DATABASE_SERVER
  if (given) return tap(files, given, signal)
  await sweepServers()
  const { server, url } = await startSharedServer()
  try {
    return await tap(files, url, signal)
  } finally {
    await server.stop()
  }
}

async function tap(files: readonly string[], databaseServer: string, signal: AbortSignal): Promise<Totals> {
  const output = createTapOutput()
  const code = await runCommand({
    name: 'tap',
    args: ['run', '--reporter=tap', ...files.map(withFolderContents)],
    // Every test file is a process of its own that reads most of the sources: stripped and compiled once, not each time.
    env: { TEST_DATABASE_SERVER: databaseServer, NODE_COMPILE_CACHE: `${root}node_modules/.cache/tds/compiled` },
    signal,
    onLine: (line) => print(...output.read(line)),
    onErrorLine: (line) => print(line),
  })
  const { passed, failed, skipped } = output.totals()
  if (failed === 0 && (code !== 0 || passed === 0)) {
    print(passed === 0 ? 'FAIL no test ran' : `FAIL tap ended with exit code ${code}`)
    return { passed, failed: 1, skipped }
  }
  return { passed, failed, skipped }
}

function withFolderContents(path: string): string {
  return path.endsWith('.ts') ? path : `${path}/**/*.test.ts`
}

/**
 * tap as installed has the TypeScript plugin in it, which this project's TypeScript breaks, and plugins that every test
 * file would load for nothing; built once for those that .taprc names. The marker goes with node_modules, as what was
 * built does, and with .taprc.
 */
async function buildTap(signal: AbortSignal): Promise<void> {
  const plugins = createHash('sha256')
    .update(await readFile(`${root}.taprc`))
    .digest('hex')
  const marker = `${root}node_modules/.cache/tds/tap-built-${plugins.slice(0, 12)}`
  if (existsSync(marker)) return
  const lines: string[] = []
  const code = await runCommand({ name: 'tap', args: ['build'], signal, onLine: (line) => lines.push(line) })
  if (code !== 0) return print('FAIL tap build', ...lines)
  await mkdir(`${root}node_modules/.cache/tds`, { recursive: true })
  await writeFile(marker, '')
}

function print(...lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`)
}

await main(process.argv.slice(2))
