import t, { type Test } from 'tap'
import { sql } from '../db/index.ts'
import { createBoot } from '../src/boot.ts'
import { TdsError } from '../src/errors.ts'
import { systemClock } from '../src/runtime/index.ts'
import { type TestDatabase, testDatabase } from './helpers/database.ts'
import { silent } from './monitor/fixture.ts'

/** Errors of the checks after the schema's, one a try; then there is none. */
function bootOver(t: Test, database: TestDatabase, faults: unknown[] = []) {
  let ready = 0
  const answers: boolean[] = []
  const boot = createBoot({
    database,
    log: silent,
    clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 10), signal) },
    check: async () => {
      answers.push(boot.answered())
      const [fault] = faults.splice(0, 1)
      if (fault) throw fault
    },
    onReady: () => {
      ready += 1
    },
  })
  t.teardown(() => boot.stop())
  boot.start()
  return { boot, answers, faults, ready: () => ready }
}

const coded = (code: string) => Object.assign(new Error(code), { code })

t.test('what passes is waited for: no connection, a lock, a full disk, read-only, a time-out', async (t) => {
  const codes = ['ECONNREFUSED', '53300', '55P03', '53100', '25006', '40P01', '57014', '57P03']
  const { boot, faults, ready } = bootOver(t, await testDatabase(t), codes.map(coded))
  await boot.done
  t.same([faults, ready()], [[], 1])
})

t.test('so is what a migration met, whose cause says it', async (t) => {
  const wrapped = new Error('migration 0001_x', { cause: coded('55P03') })
  const { boot, ready } = bootOver(t, await testDatabase(t), [wrapped])
  await boot.done
  t.equal(ready(), 1)
})

t.test('while it is migrated and checked it has answered; between tries it has not', async (t) => {
  const { boot, answers } = bootOver(t, await testDatabase(t), [new TdsError('ORGANIZATION', 'permanent', 'x')])
  t.equal(boot.answered(), false, 'not yet')
  await t.rejects(boot.done)
  t.same([answers, boot.answered()], [[true], false])
})

t.test('a verdict ends the start, once', async (t) => {
  const { boot, ready } = bootOver(t, await testDatabase(t), [new TdsError('ORGANIZATION', 'permanent', 'another one')])
  await t.rejects(boot.done, { code: 'ORGANIZATION' })
  t.equal(ready(), 0)
})

t.test('a schema that is not ours, or one of a newer version, is a verdict in words', async (t) => {
  const database = await testDatabase(t)
  await sql`alter table products drop column brand cascade`.execute(database.db)
  await t.rejects(bootOver(t, database).boot.done, {
    code: 'SCHEMA_DRIFT',
    message: /table products lacks column brand/,
  })
  await sql`insert into tds_migrations values ('9999_later', '2099-01-01T00:00:00.000Z')`.execute(database.db)
  await t.rejects(bootOver(t, database).boot.done, { message: /9999_later.*newer TDS/ })
})
