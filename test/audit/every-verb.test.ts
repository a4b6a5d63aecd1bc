import t from 'tap'
import { type Db, sql } from '../../db/index.ts'
import { commands, runCli } from '../../src/cli/index.ts'
import { letter } from '../dead-letters/setup.ts'
import { testDatabase } from '../helpers/database.ts'
import { environmentFor } from '../helpers/service.ts'
import { createSimulator } from '../simulator/index.ts'

const why = 'a test of the trail'

/** A key that is there, without a line of its own. */
async function keyId(db: Db): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into tds_api_keys (id, name, hash, scopes, created_by)
    select left(md5(random()::text), 8), 'made', decode(md5(random()::text) || md5(random()::text), 'hex'), '{stats:read}', 'test'
    returning id`.execute(db)
  return rows[0]?.id ?? ''
}

const open = async (db: Db, id: string) => String(await letter(db, { source_entity_id: id, error_code: 'ZOHO_SCOPE' }))

/** Verbs that change something and what is said to them; `--reason` is added where the third word says so. */
const verbs: readonly (readonly [verb: string, (db: Db) => Promise<readonly string[]>, reason: boolean])[] = [
  ['keys create', async () => ['ERP', '--scope', 'stats:read'], true],
  ['keys rotate', async (db) => [await keyId(db)], true],
  ['keys revoke', async (db) => [await keyId(db)], true],
  ['dlq requeue', async (db) => [await open(db, '1')], true],
  ['dlq resolve', async (db) => [await open(db, '2')], true],
  ['healing off', async () => ['missing-files'], true],
  ['healing on', async () => ['missing-files'], true],
  ['healing run', async () => ['missing-files'], false],
  ['validate', async () => [], false],
]

t.test('every change on the command line leaves one line of its own', async (t) => {
  const simulator = await createSimulator({ items: 5, limits: 'relaxed' })
  t.teardown(() => simulator.close())
  const { db, connectionString } = await testDatabase(t)
  const env = environmentFor(simulator, t.testdir(), { DATABASE_URL: connectionString, PORT: '1' })
  for (const [verb, wordsOf, hasReason] of verbs) {
    const argv = [...verb.split(' '), ...(await wordsOf(db)), ...(hasReason ? ['--reason', why] : []), '--json']
    const last = await sql<{ id: number }>`select coalesce(max(id), 0) as id from tds_audit_trail`.execute(db)
    let said = ''
    const stream = {
      write(part: string) {
        said += part
      },
    }
    const { signal } = new AbortController()
    const code = await runCli({ argv, commands, env, stdout: stream, stderr: stream, signal })
    t.equal(code, 0, `${argv.join(' ')}: ${said.slice(0, 300)}`)
    const { rows } = await sql<{ actor: string; action: string; reason: string | null }>`
      select actor, action, reason from tds_audit_trail_operators
      where id > ${last.rows[0]?.id ?? 0} and actor = 'cli'`.execute(db)
    t.match(rows, [{ actor: 'cli', action: /^[a-z_]+\.[a-z_]+$/, reason: hasReason ? why : null }], verb)
    t.equal(rows.length, 1, `${verb} is told once: ${JSON.stringify(rows)}`)
  }
})
