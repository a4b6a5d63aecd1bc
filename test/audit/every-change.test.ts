import t from 'tap'
import { parse } from 'yaml'
import { sql } from '../../db/index.ts'
import { renderContract } from '../../src/openapi.ts'
import { changes, startWorld, why } from './changes.ts'

const document = parse(await renderContract())
const changing = Object.entries<Record<string, { security?: readonly unknown[] }>>(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).flatMap(([method, { security }]) =>
      ['post', 'put', 'patch', 'delete'].includes(method) && security?.length && !path.includes('/webhooks/')
        ? `${method} ${path.replace('/api/tds', '')}`
        : [],
    ),
)

t.test('each route that changes something is tried here', (t) => {
  t.same(
    changing.filter((route) => !(route in changes)),
    [],
    'a new route needs a line in the table of changes',
  )
  t.same(
    Object.keys(changes).filter((route) => !changing.includes(route)),
    [],
  )
  t.end()
})

t.test('every change over HTTP leaves one line: who, what and why', async (t) => {
  const world = await startWorld(t)
  const lines = async (after: number) =>
    (
      await sql<{ id: number; actor: string; action: string; reason: string | null; told: boolean }>`
        select id, actor, action, reason,
          num_nonnulls(affected, filter, before, after, subject) > 0 as told
        from tds_audit_trail_operators where id > ${after} order by id`.execute(world.db)
    ).rows
  for (const [route, make] of Object.entries(changes)) {
    const [method = '', template = ''] = route.split(' ')
    const { path = template, body } = await make(world)
    const before = (await lines(0)).at(-1)?.id ?? 0
    const reply = await world.ask(method, path, body)
    t.ok(reply.status < 300, `${route} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`)
    const told = (await lines(before)).filter(({ actor }) => actor.startsWith('key '))
    t.match(
      told,
      [{ actor: 'key bootstrap', action: /^[a-z_]+\.[a-z_]+$/, told: true }],
      `${route} is told: ${JSON.stringify(told)}`,
    )
    t.equal(told.length, 1, `${route} is told once`)
    if (body && ('reason' in body || 'note' in body)) t.equal(told[0]?.reason, why, `${route} keeps why`)
  }
  world.simulator.control.faults.clear()
})
