import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { codeOf, importsOf, type SourceFile, sourceFiles } from './helpers/source-files.ts'

/** From the bottom up: a room imports only rooms of lower levels, and rooms of one level do not know each other. */
const ladder: readonly (readonly string[])[] = [
  ['src/errors.ts'],
  ['src/log.ts', 'src/version.ts', 'src/config', 'src/runtime', 'src/problems'],
  ['db'],
  ['src/audit'],
  ['src/pauses', 'src/settings'],
  ['src/entities', 'src/zoho', 'src/queue'],
  ['src/costs'],
  [
    'src/dead-letters',
    'src/inbox',
    'src/processors',
    'src/sync',
    'src/images',
    'src/monitor',
    'src/scheduler',
    'src/alerts',
    'src/healing',
    'src/keys',
    'src/doctor',
    'src/webhook-setup',
    'src/boot.ts',
  ],
  ['src/rooms'],
  ['src/context.ts'],
  ['src/plugins'],
  ['routes', 'src/cli'],
  ['src/app.ts'],
  ['src/service.ts', 'src/openapi.ts'],
  ['src/serve.ts'],
  ['src/main.ts'],
]

const levels = new Map(ladder.flatMap((rooms, level) => rooms.map((room) => [room, level] as const)))
const ours = await sourceFiles('src', 'routes', 'db')
const everything = await sourceFiles('src', 'routes', 'db', 'test', 'bench')

t.test('every file belongs to a room that has its place on the ladder', async (t) => {
  t.strictSame(
    ours.filter(({ path }) => levelOf(path) === undefined).map(({ path }) => path),
    [],
  )
})

t.test('imports run down the ladder, never up and never to a room of the same level', async (t) => {
  const wrong = edges(ours).filter(({ from, to }) => !mayImport(roomOf(from), roomOf(to)))
  t.strictSame(wrong.map(arrow), [])
})

t.test('a room is imported only through its index.ts', async (t) => {
  const wrong = edges(ours).filter(({ from, to }) => roomOf(from) !== roomOf(to) && !isFront(to))
  t.strictSame(wrong.map(arrow), [])
})

t.test('db imports nothing of ours', async (t) => {
  const wrong = edges(ours).filter(({ from, to }) => from.startsWith('db/') && !to.startsWith('db/'))
  t.strictSame(wrong.map(arrow), [])
})

t.test('routes never import db', async (t) => {
  const wrong = edges(ours).filter(({ from, to }) => from.startsWith('routes/') && to.startsWith('db/'))
  t.strictSame(wrong.map(arrow), [])
})

t.test('the simulator imports nothing of the service that it tests', async (t) => {
  const simulator = everything.filter(({ path }) => path.startsWith('test/simulator/') && !drivesTheService(path))
  t.ok(simulator.length > 20, 'its files were found')
  const wrong = edges(simulator).filter(({ to }) => !to.startsWith('test/'))
  t.strictSame(wrong.map(arrow), [])
})

t.test('no files import each other in a circle', async (t) => {
  t.strictSame(cycles(everything), [])
})

t.test('only src/config.ts reads the environment', async (t) => {
  const readers = ours.filter(({ text }) =>
    /\bprocess\s*(\?\.|\.|\[)\s*'?env\b|\benv\b.*from 'node:process'/.test(text),
  )
  t.strictSame(
    readers.map(({ path }) => path),
    ['src/config.ts'],
  )
})

t.test('importing a module does nothing', async (t) => {
  const programs = await programFiles()
  const modules = ours.filter(({ path }) => !programs.has(path)).map(({ path }) => path)
  const cwd = await mkdtemp(join(tmpdir(), 'tds-import-'))
  t.teardown(() => rm(cwd, { recursive: true, force: true }))
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', importAll(modules)], {
    cwd,
    env: {},
    encoding: 'utf8',
    timeout: 60_000,
  })
  t.equal(child.signal, null, 'it ends by itself')
  t.equal(child.stderr, '', 'it complains about nothing')
  t.equal(child.stdout, '', 'it prints nothing and leaves nothing running')
  t.equal(child.status, 0)
  t.strictSame(await readdir(cwd), [], 'it writes nothing')
})

t.test('no module imports a program', async (t) => {
  const programs = await programFiles()
  t.ok(programs.size > 1, 'package.json names the programs')
  const wrong = edges(everything).filter(({ to }) => programs.has(to))
  t.strictSame(wrong.map(arrow), [])
})

t.test('no file is longer than 300 lines', async (t) => {
  const lengths = ours
    .filter(({ text }) => !text.startsWith('// Written by'))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .toSorted((a, b) => b.lines - a.lines)
  for (const { path, lines } of lengths.slice(0, 5)) t.comment(`${lines} ${path}`)
  t.strictSame(
    lengths.filter(({ lines }) => lines > 300),
    [],
  )
})

t.test('types are not talked away: no any, no enum, no silenced compiler or linter', async (t) => {
  const silenced = /@ts-(ignore|nocheck|expect-error)|biome-ignore/
  const looseType =
    /(?:[:<|&,(=]|\bas|\bkeyof|\bextends)\s*any\b(?!\s*\()|\bany\[\]|^\s*(?:export\s+|const\s+|declare\s+)*(?:enum|namespace)\s+\w/m
  const wrong = ours.filter(({ text }) => silenced.test(text) || looseType.test(codeOf(text)))
  // Kysely's own word for a database of unknown tables.
  t.strictSame(
    wrong.map(({ path }) => path),
    ['db/any-db.ts'],
  )
})

t.test('the linter and the compiler refuse any, ! and what cannot be erased', async (t) => {
  const { linter } = JSON.parse(await readFile('biome.json', 'utf8'))
  t.equal(linter.rules.style.noNonNullAssertion, 'error')
  t.equal(linter.rules.suspicious.noExplicitAny, 'error')
  const { compilerOptions } = JSON.parse(await readFile('tsconfig.json', 'utf8'))
  t.match(compilerOptions, { strict: true, noUncheckedIndexedAccess: true, erasableSyntaxOnly: true })
})

t.test('the reader of imports sees every form of them', async (t) => {
  const text = [
    "import { a,\n  type B } from './one.ts'",
    "import type { C } from '../two.ts'",
    "import whole, { part } from './three.ts'",
    "import * as all from './four.ts'",
    "import './five.ts'",
    "export * from './six.ts'",
    "export { d } from './seven.ts'",
    "export type { E } from './eight.ts'",
    "const later = await import('./nine.ts')",
    "import fastify from 'fastify'",
    "const text = 'never from here'",
  ].join('\n')
  t.strictSame(importsOf('src/x/file.ts', text), [
    'src/x/one.ts',
    'src/two.ts',
    'src/x/three.ts',
    'src/x/four.ts',
    'src/x/six.ts',
    'src/x/seven.ts',
    'src/x/eight.ts',
    'src/x/five.ts',
    'src/x/nine.ts',
  ])
})

interface Edge {
  readonly from: string
  readonly to: string
}

function edges(files: readonly SourceFile[]): readonly Edge[] {
  return files.flatMap(({ path, imports }) => imports.map((to) => ({ from: path, to })))
}

function arrow({ from, to }: Edge): string {
  return `${from} -> ${to}`
}

/** A folder of src is a room, its files beside them are rooms of one file, and routes and db are a room each. */
function roomOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  if (path === 'src/config.ts') return 'src/config'
  return top === 'src' ? `src/${second}` : top
}

function levelOf(path: string): number | undefined {
  return levels.get(roomOf(path))
}

function mayImport(from: string, to: string): boolean {
  const [above, below] = [levels.get(from), levels.get(to)]
  return from === to || (above !== undefined && below !== undefined && below < above)
}

function isFront(path: string): boolean {
  return path.endsWith('/index.ts') || /^src\/[^/]+\.ts$/.test(path)
}

/** The demo stands beside the simulator and starts the service against it. */
function drivesTheService(path: string): boolean {
  return /^test\/simulator\/demo(\.ts$|\/)/.test(path)
}

/** What package.json starts, unless it looks first whether it was started: the only files that do something when loaded. */
async function programFiles(): Promise<ReadonlySet<string>> {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const started = Object.values(scripts).flatMap((script) => String(script).match(/[\w/-]+\.ts/g) ?? [])
  const guarded = new Set(everything.filter(({ text }) => text.includes('import.meta.main')).map(({ path }) => path))
  return new Set(started.filter((path) => !guarded.has(path)))
}

/** A program that imports all of them and tells what then still runs. */
function importAll(modules: readonly string[]): string {
  const urls = modules.map((path) => new URL(`../${path}`, import.meta.url).href)
  return `
    for (const url of ${JSON.stringify(urls)}) await import(url)
    const running = process.getActiveResourcesInfo().filter((each) => /Timeout|TCP|Process|Worker/.test(each))
    if (running.length > 0) console.log('still running', running)`
}

/** One line for each circle, found depth first. */
function cycles(files: readonly SourceFile[]): readonly string[] {
  const imports = new Map(files.map((file) => [file.path, file.imports]))
  const done = new Set<string>()
  const circles: string[] = []
  for (const { path } of files) visit(path, [])
  return circles

  function visit(path: string, trail: readonly string[]): void {
    const start = trail.indexOf(path)
    if (start >= 0) circles.push([...trail.slice(start), path].join(' -> '))
    if (start >= 0 || done.has(path)) return
    for (const next of imports.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
}
