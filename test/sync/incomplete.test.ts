import t from 'tap'
import { sql } from '../../db/index.ts'
import { TdsError } from '../../src/errors.ts'
import type { Zoho } from '../../src/zoho/index.ts'
import { bench, createPapers, papers } from './setup.ts'

/** A Zoho whose lists break off after their first page. */
const breakingOff = (zoho: Zoho): Zoho => ({
  ...zoho,
  async *pages(...asked) {
    for await (const page of zoho.pages(...asked)) {
      if (page.page > 1) throw new TdsError('ZOHO_LIST_KEY', 'transient', 'The reply lacks the list it should hold')
      yield page
    }
  },
})

t.test('a run that did not see the last page is incomplete: it asks for no deletion and moves no cursor', async (t) => {
  const { db, zoho, process, asked } = await bench(t, papers(), { simulator: { items: 250 } })
  await createPapers(db)
  await sql`insert into papers (zoho_item_id, hashes) values ('1', '{"list": "never listed"}')`.execute(db)
  const options = { signal: AbortSignal.timeout(60_000) }
  const run = await process({ zoho: breakingOff(zoho) }).run(
    { entityType: 'papers', mode: 'full', trigger: 'test' },
    options,
  )
  t.match(run, { status: 'incomplete', error_code: 'ZOHO_LIST_KEY', fetched: 200 })
  t.notOk((await asked()).includes('1'), 'what was not seen is not taken for missing')
  t.same((await sql`select * from tds_sync_cursors`.execute(db)).rows, [])
  const whole = await process().run({ entityType: 'papers', mode: 'full', trigger: 'test' }, options)
  t.match(whole, { status: 'settled' })
  t.ok((await asked()).includes('1'), 'a whole list asks for what it did not show')
  t.match((await sql`select last_full_at from tds_sync_cursors`.execute(db)).rows, [{ last_full_at: Date }])
})
