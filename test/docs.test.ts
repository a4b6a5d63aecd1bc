import { readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'
import { sql } from '../db/index.ts'
import { loadEntities } from '../src/entities/index.ts'
import { reasonCatalogue } from '../src/monitor/index.ts'
import { testDatabase } from './helpers/database.ts'

const [readme, runbook, architecture] = await Promise.all(
  ['README.md', 'docs/runbook.md', 'docs/architecture.md'].map((path) => readFile(path, 'utf8')),
)
const manifest = JSON.parse(await readFile('package.json', 'utf8'))

t.test('the runbook has an entry for every reason that health can give', async (t) => {
  const entries = anchorsOf(runbook)
  for (const [code, { anchor }] of Object.entries(reasonCatalogue)) {
    t.ok(entries.includes(anchor), anchor)
    t.ok(runbook?.includes(`\`${code}\``), `${code} is named`)
  }
})

t.test('every link inside the documents leads somewhere', async (t) => {
  for (const [name, text = ''] of Object.entries({ readme, runbook, architecture }))
    for (const [, anchor = ''] of text.matchAll(/\]\(#([\w-]+)\)/g))
      t.ok(anchorsOf(text).includes(anchor), `${name} #${anchor}`)
  for (const [, path = ''] of `${readme}`.matchAll(/\]\(([\w./-]+)\)/g))
    await t.resolves(readFile(path), `README links ${path}`)
})

t.test('every statement of the runbook and the README runs', async (t) => {
  const { db } = await testDatabase(t)
  await sql`insert into products (zoho_item_id) values ('1')`.execute(db)
  const blocks = `${readme}${runbook}`.matchAll(/```sql\n([^`]+)```|`(select [^`]+;)`/gi)
  const statements = [...blocks].flatMap(([, block, inline]) => (block ?? inline ?? '').split(/;\s*(?:\n|$)/))
  const runnable = statements.map((each) => each.trim()).filter(Boolean)
  t.ok(runnable.length > 12, 'statements were found')
  for (const statement of runnable) await t.resolves(sql.raw(statement).execute(db), statement.slice(0, 90))
})

t.test('the README names every dependency', async (t) => {
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
    t.ok(readme?.includes(`\`${name}\``), name)
})

t.test('every npm script that the README shows exists', async (t) => {
  const shown = [...`${readme}`.matchAll(/npm run ([a-z-]+)/g)].map(([, name = '']) => name)
  for (const name of new Set(shown)) t.ok(name in manifest.scripts, name)
})

t.test('the README names every route', async (t) => {
  const { paths } = parse(await readFile('openapi.yaml', 'utf8'))
  for (const path of Object.keys(paths)) {
    const shown = path.replace('/webhooks/test', '/webhooks/{module}')
    t.ok(readme?.includes(shown), path)
  }
})

t.test('the README names every table that others read', async (t) => {
  for (const { name } of (await loadEntities()).list()) t.ok(readme?.includes(`\`${name}\``), name)
})

/** GitHub's anchors of the headings. */
function anchorsOf(text = ''): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}
