import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { sql } from '../../db/index.ts'
import { trail } from '../healing/setup.ts'
import { startService, until } from '../helpers/service.ts'

t.test('a picture that vanished from the folder comes back by itself', async (t) => {
  const { ctx, db, config, syncAll, quiet } = await startService(t, { simulator: { items: 12 } })
  await syncAll()
  await quiet()
  const { rows } = await sql<{ file: string; id: string }>`
    select file_name as file, zoho_item_id as id from product_images where status = 'present' order by 2 limit 1`.execute(
    db,
  )
  const [lost] = rows
  if (!lost) return t.fail('there are pictures')
  await rm(join(config.images.dir, lost.file))
  t.match(await ctx.healing.run('missing-files', { dryRun: false }), { found: 1, healed: 1, samples: [lost.id] })
  await quiet()
  const file = await ctx.images.open(lost.file)
  t.ok(file, 'it is there again')
  await file?.close()
  t.same(await trail(db), ['healing healing.missing-files 1 product_images'])
  t.match(await ctx.healing.run('missing-files', { dryRun: false }), { found: 0 })
})

t.test('refused credentials are tried again by an idle system too, and their return is in the trail', async (t) => {
  const { ctx, db, simulator } = await startService(t, { simulator: { items: 12 } })
  simulator.control.oauth.refuse('invalid_client')
  // All tokens die, and the last request for one was long enough ago.
  simulator.control.oauth.expire()
  await sql`update tds_zoho_token set attempted_at = now() - interval '2 minutes'`.execute(db)
  const run = () => ctx.healing.run('token', { dryRun: false })
  t.match(await run(), { found: 0 })
  await t.rejects(ctx.zoho.organization(), { code: 'ZOHO_TOKEN_REJECTED' })
  t.match(await run(), { found: 1, healed: 0, held: /refuses our credentials/ })
  simulator.control.oauth.refuse()
  t.match(await run(), { healed: 0 }, 'a quarter of an hour between two tries, whoever asks')
  await sql`update tds_zoho_token set attempted_at = now() - interval '16 minutes'`.execute(db)
  t.match(await run(), { found: 1, healed: 1, held: null })
  t.same(await trail(db), ['healing healing.token 1 tds_zoho_token'])
  await until(db, 'it is paused no more', sql`select paused_at is null from tds_zoho_token`)
})
