import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { sql } from '../../db/index.ts'
import { commands, runCli } from '../../src/cli/index.ts'
import { emptyDatabase } from '../helpers/database.ts'
import { environmentFor } from '../helpers/service.ts'
import { createSimulator } from '../simulator/index.ts'

t.test('verify tells equal from different, errors from warnings, and writes its page', async (t) => {
  const simulator = await createSimulator({ items: 20, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const { connectionString, db } = await emptyDatabase(t)
  const dataDir = t.testdir()
  const env = environmentFor(simulator, dataDir, { DATABASE_URL: connectionString })
  const page = join(dataDir, 'report.html')
  const tds = async (...argv: string[]) => {
    let stdout = ''
    const code = await runCli({
      argv,
      commands,
      env,
      stdout: { write: (part) => (stdout += part) },
      stderr: { write: () => true },
      signal: new AbortController().signal,
    })
    return { code, stdout }
  }
  const names = ['warehouses', 'categories', 'products']
  t.equal((await tds('migrate')).code, 0)
  t.equal((await tds('sync', 'full', ...names)).code, 0)

  const equal = await tds('verify', ...names, '--html', page)
  t.equal(equal.code, 0) || t.comment(equal.stdout)
  t.match(equal.stdout, 'Nothing differs.')
  t.match(await readFile(page, 'utf8'), '<p class="good">Nothing differs.')

  await sql`
    update products set field_errors = '{"brand":"expected text, got a list"}'
    where zoho_item_id = (select min(zoho_item_id) from products)`.execute(db)
  const warned = await tds('verify', ...names)
  t.match(warned.stdout, 'products, field_error:')
  t.match(warned.stdout, 'Nothing differs, 1 warning.')
  t.equal(warned.code, 0, 'a warning is no failure')

  const { rows } = await sql`
    update products set category_id = null
    where zoho_item_id = (select min(zoho_item_id) from products where category_id is not null) returning id`.execute(
    db,
  )
  t.equal(rows.length, 1)
  const contradicts = await tds('verify', ...names, '--json')
  t.equal(contradicts.code, 1, 'an error is, though nothing differs from Zoho')
  t.match(JSON.parse(contradicts.stdout), {
    ok: false,
    entities: [{}, {}, { entity: 'products', difference_count: 0, finding_errors: 1, finding_count: 2 }],
  })

  t.equal((await tds('verify', ...names, '--repair', '--html', page)).code, 1)
  t.match(await readFile(page, 'utf8'), 'does not point to its row')
  t.equal((await tds('verify', ...names, '--all-fields')).code, 0, 'the repair was waited for')
  t.equal((await tds('verify', '--sample', 'some')).code, 2)
})
