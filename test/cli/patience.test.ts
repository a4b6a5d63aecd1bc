import t from 'tap'
import { withPatience } from '../../src/cli/patience.ts'

const never = new Promise<never>(() => {})
const nobody = new AbortController().signal

t.test('a database that does not answer is waited for as long as was said', async (t) => {
  await t.rejects(withPatience(nobody, never, { waitMs: 1, answered: () => false }), { code: 'DATABASE_AWAY' })
})

t.test('one that answered and is being migrated is waited for, however long that takes', async (t) => {
  const { promise, resolve } = Promise.withResolvers<string>()
  let looks = 0
  const answered = () => {
    looks += 1
    if (looks === 2) resolve('migrated')
    return true
  }
  t.equal(await withPatience(nobody, promise, { waitMs: 1, answered }), 'migrated')
})

t.test('what then fails, to be tried again, is no longer waited for', async (t) => {
  let looks = 0
  const answered = () => ++looks < 2
  await t.rejects(withPatience(nobody, never, { waitMs: 1, answered }), { code: 'DATABASE_AWAY' })
  t.equal(looks, 2)
})

t.test('a person ends it at once', async (t) => {
  const wait = withPatience(AbortSignal.abort(), never, { waitMs: 60_000, answered: () => true })
  await t.rejects(wait, { code: 'STOPPED' })
})
