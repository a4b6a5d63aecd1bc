import t from 'tap'
import { sql } from '../../db/index.ts'
import { watchOf } from '../../src/healing/index.ts'
import { rescue } from '../../src/queue/index.ts'
import { letter } from '../dead-letters/setup.ts'
import { testDatabase } from '../helpers/database.ts'
import { put, request, someone, take } from '../helpers/queue.ts'
import { calmZoho } from '../monitor/fixture.ts'
import { alertsOf, counted, later, queue, testHealing, trail } from './setup.ts'

const files = 'missing-files'
const gaps = 'verify-gaps'

/** Items in hand of a process that is gone. */
async function lose(db: Parameters<typeof put>[0], count: number): Promise<void> {
  await put(db, ...Array.from({ length: count }, (_, n) => request(String(n))))
  await take(db, someone(), count)
}

t.test('leases: what a dead process held is given back, one line for a pass, however many items', async (t) => {
  const { db, state } = await testHealing(t)
  await lose(db, 7)
  t.equal(await rescue(db, someone(), {}, watchOf('expired-leases')), 7)
  t.equal(await rescue(db, someone(), {}, watchOf('expired-leases')), 0)
  t.same(await trail(db), ['healing healing.expired-leases 7 tds_sync_queue'])
  t.equal(await counted(db, 'expired-leases'), 7)
  t.match(await state('expired-leases'), { done_by: 'everywhere', healed_24h: 7, passes_24h: 1, last_pass: null })
})

t.test('leases: no more than the limit, and none while it is switched off', async (t) => {
  const { db, set, off } = await testHealing(t)
  await lose(db, 5)
  await set({ limit: 2 })('expired-leases')
  t.equal(await rescue(db, someone(), {}, watchOf('expired-leases')), 2)
  await off('expired-leases')
  t.equal(await rescue(db, someone(), {}, watchOf('expired-leases')), 0)
  t.same(await trail(db), ['healing healing.expired-leases 2 tds_sync_queue'])
})

t.test('token: it asks while the credentials are refused, and only then', async (t) => {
  const { run, world, off, healing } = await testHealing(t)
  t.match(await run('token'), { found: 0 })
  world.zoho = { ...calmZoho, token: { ...calmZoho.token, pausedAt: new Date() } }
  t.match(await run('token', true), { found: 1, healed: 0 })
  t.equal(world.retried, 0)
  t.match(await run('token'), { found: 1, healed: 0 })
  t.equal(world.retried, 1)
  await off('token')
  await t.rejects(healing.run('token', { dryRun: false }), { code: 'HEALING_OFF' })
  t.equal(world.retried, 1)
})

t.test(
  'files: missing and damaged ones are fetched again, within the limit, on from where the last pass ended',
  async (t) => {
    const asked: string[] = []
    const images = {
      entityType: 'product_images',
      pausedUntil: async () => null,
      verifySome: async (after: string) => {
        asked.push(after)
        return after === ''
          ? { checked: 200, damaged: ['3', '4', '5'], next: '200' }
          : { checked: 9, damaged: [], next: null }
      },
    }
    const { db, run, set } = await testHealing(t, { images })
    await set({ limit: 2 })(files)
    t.match(await run(files), { found: 3, healed: 2 })
    t.same(await queue(db), ['product_images 3 image bulk', 'product_images 4 image bulk'])
    t.match(await run(files), { found: 1, healed: 1 }, 'the rest of the same slice')
    await run(files)
    await run(files)
    t.same(asked, ['', '', '200', ''])
    t.same(await trail(db), [
      'healing healing.missing-files 2 product_images',
      'healing healing.missing-files 1 product_images',
    ])
    t.equal(await counted(db, files), 3)
  },
)

t.test('files: one that is gone again waits six hours, then a day, then for people', async (t) => {
  const { db, run, world, state } = await testHealing(t)
  world.damaged = ['3']
  const healed: number[] = []
  for (const wait of ['0', '1 hour', '6 hours', '25 hours', '50 days']) {
    await later(db, wait)
    healed.push((await run(files)).healed)
    await sql`delete from tds_sync_queue_live`.execute(db)
  }
  t.same(healed, [1, 0, 1, 1, 0])
  t.match(await state(files), { given_up: 1 })
})

t.test(
  'files: when the folder itself seems gone nothing is fetched and an alert asks; it ends with the folder',
  async (t) => {
    const { db, run, world } = await testHealing(t)
    world.damaged = Array.from({ length: 30 }, (_, n) => String(n))
    t.match(await run(files), { healed: 0, held: /30 of 100 picture files .* mounted/ })
    t.same([await queue(db), await alertsOf(db)], [[], ['healing-held:missing-files critical open']])
    world.damaged = ['1']
    t.match(await run(files), { healed: 1 })
    t.same(await alertsOf(db), ['healing-held:missing-files critical resolved'])
  },
)

t.test('files: none while images are paused or it is switched off', async (t) => {
  const images = {
    entityType: 'product_images',
    verifySome: async () => ({ checked: 100, damaged: ['1'], next: null }),
    pausedUntil: async () => new Date(),
  }
  const { db, run, off } = await testHealing(t, { images })
  t.match(await run(files), { found: 1, healed: 0, held: 'images are paused' })
  await off(files)
  await t.rejects(run(files), { code: 'HEALING_OFF' })
  t.same(await queue(db), [])
})

async function report(db: Parameters<typeof put>[0], entity: string, ids: readonly string[], here: number) {
  const differences = ids.map((id) => ({ kind: 'fields', source_entity_id: id }))
  await sql`
    insert into tds_verify_reports (entity_type, started_at, finished_at, differences, report)
    values (${entity}, clock_timestamp(), clock_timestamp(), ${ids.length}, ${JSON.stringify({ here, differences })}::jsonb)`.execute(
    db,
  )
}

t.test('gaps: what verify found to differ is read again once, as news to the writer', async (t) => {
  const { db, run, set } = await testHealing(t)
  await sql`insert into products (zoho_item_id, hashes) select n::text, '{"detail": "x"}' from generate_series(1, 9) n`.execute(
    db,
  )
  await letter(db, { source_entity_id: '4' })
  await report(db, 'products', ['1', '2', '3', '4'], 900)
  await set({ limit: 2 })(gaps)
  t.match(await run(gaps), { found: 3, healed: 2 })
  t.match(await run(gaps), { found: 1, healed: 1 }, 'what has a dead letter is left to it')
  t.same(await queue(db), ['products 1 read bulk', 'products 2 read bulk', 'products 3 read bulk'])
  const { rows } =
    await sql`select string_agg(zoho_item_id, ' ' order by id) as ids from products where hashes ->> 'detail' is null`.execute(
      db,
    )
  t.match(rows, [{ ids: '1 2 3' }], 'or the fresh document would be taken for the known one')
  await sql`delete from tds_sync_queue_live`.execute(db)
  t.match(await run(gaps), { found: 0 }, 'one report asks once')
  t.same(await trail(db), ['healing healing.verify-gaps 2 products', 'healing healing.verify-gaps 1 products'])
  t.equal(await counted(db, gaps), 3)
})

t.test('gaps: what differs again the next night waits longer each time, and not for ever', async (t) => {
  const { db, run } = await testHealing(t)
  const healed: number[] = []
  for (let night = 0; night < 5; night++) {
    await later(db, '25 hours')
    await report(db, 'products', ['1'], 900)
    healed.push((await run(gaps)).healed)
    await sql`delete from tds_sync_queue_live`.execute(db)
  }
  t.same(healed, [1, 1, 1, 0, 0])
})

t.test('gaps: a report that names a large part of an entity opens an alert, and nothing is read', async (t) => {
  const { db, run, off } = await testHealing(t)
  await report(
    db,
    'products',
    Array.from({ length: 40 }, (_, n) => String(n)),
    100,
  )
  t.match(await run(gaps), { healed: 0, held: /40 differences in 100 products/ })
  t.same([await queue(db), await alertsOf(db)], [[], ['healing-held:verify-gaps:products critical open']])
  await report(db, 'products', ['1'], 100)
  t.match(await run(gaps), { healed: 1 })
  t.same(await alertsOf(db), ['healing-held:verify-gaps:products critical resolved'])
  await report(db, 'products', ['2'], 100)
  await off(gaps)
  await t.rejects(run(gaps), { code: 'HEALING_OFF' })
  t.same(await queue(db), ['products 1 read bulk'])
})

t.test('two passes of an action at once: the second is told', async (t) => {
  const gate = Promise.withResolvers<void>()
  const began = Promise.withResolvers<void>()
  const images = {
    entityType: 'product_images',
    pausedUntil: async () => null,
    verifySome: async () => {
      began.resolve()
      await gate.promise
      return { checked: 0, damaged: [], next: null }
    },
  }
  const { run } = await testHealing(t, { images })
  const first = run(files)
  await began.promise
  await t.rejects(run(files), { code: 'HEALING_BUSY' })
  gate.resolve()
  await t.resolves(first)
})

t.test('what is repaired in place has no pass, and what there is not is said', async (t) => {
  const { healing, run } = await testHealing(t)
  await t.rejects(run('stuck-runs'), { code: 'HEALING_IN_PLACE' })
  await t.rejects(run('world'), { code: 'HEALING_ACTION_UNKNOWN', message: /there are expired-leases/ })
  const change = { reason: 'x', actor: 'cli' }
  await t.rejects(healing.set(files, { ...change, parts: { limit: 0 } }), {
    code: 'HEALING_SETTING_INVALID',
    message: /limit/,
  })
  await t.rejects(healing.set('stuck-runs', { ...change, parts: { every_seconds: 60 } }), {
    code: 'HEALING_SETTING_INVALID',
  })
})

t.test(
  'a setting is kept where it differs from the default, told in the trail, and null is the default again',
  async (t) => {
    const { db, healing, set } = await testHealing(t)
    t.match(await set({ limit: 7, enabled: true })(files), {
      limit: 7,
      enabled: true,
      updated_by: 'cli',
      defaults: { limit: 50 },
    })
    t.match(await db.selectFrom('tds_configuration').selectAll().where('key', '=', 'healing.missing-files').execute(), [
      { value: { limit: 7 } },
    ])
    t.match(await set({ limit: null })(files), { limit: 50, updated_at: null })
    const { rows } = await sql`select action, subject, before ->> 'limit' as "from", after ->> 'limit' as "to", reason
    from tds_audit_trail order by id`.execute(db)
    t.match(rows, [
      { action: 'configuration.change', subject: 'healing.missing-files', from: '50', to: '7', reason: 'test' },
      { from: '7', to: '50' },
    ])
    await sql`insert into tds_configuration (key, value) values ('healing.token', '{"enabled": "no"}')`.execute(db)
    t.match(
      (await healing.list()).find(({ action }) => action === 'token'),
      { enabled: true },
      'a row nobody can read counts as none',
    )
  },
)

t.test('only the leader looks, each action in its own time', async (t) => {
  const { db } = await testDatabase(t)
  const seen: string[] = []
  const images = {
    entityType: 'product_images',
    pausedUntil: async () => null,
    verifySome: async (after: string) => {
      seen.push(after)
      return { checked: 0, damaged: [], next: null }
    },
  }
  const passes: PromiseWithResolvers<void>[] = []
  const rests = { next: Promise.withResolvers<void>() }
  const clock = {
    now: () => 0,
    random: () => 0,
    sleep: (_ms: number, signal?: AbortSignal) => {
      rests.next.resolve()
      const rest = Promise.withResolvers<void>()
      passes.push(rest)
      signal?.addEventListener('abort', () => rest.resolve(), { once: true })
      return rest.promise
    },
  }
  const { healing, world, deps } = await testHealing(t, { db, images, clock: { ...clock } as never })
  t.equal(deps.db, db)
  const rested = async () => {
    await rests.next.promise
    rests.next = Promise.withResolvers<void>()
  }
  const goOn = async () => {
    passes.at(-1)?.resolve()
    await rested()
  }
  world.leads = false
  healing.start()
  await rested()
  t.same(seen, [], 'not the leader')
  world.leads = true
  await goOn()
  t.equal(seen.length, 1, 'due')
  await goOn()
  t.equal(seen.length, 1, 'not due again')
  await sql`update tds_healing_passes set ran_at = ran_at - interval '11 minutes' where action = 'missing-files'`.execute(
    db,
  )
  await goOn()
  t.equal(seen.length, 2)
  await healing.set('missing-files', { parts: { enabled: false }, reason: 'x', actor: 'cli' })
  await rested()
  await sql`update tds_healing_passes set ran_at = ran_at - interval '11 minutes'`.execute(db)
  await goOn()
  t.equal(seen.length, 2, 'switched off')
})
