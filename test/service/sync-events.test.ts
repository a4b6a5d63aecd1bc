import { request } from 'node:http'
import t, { type Test } from 'tap'
import { sql } from '../../db/index.ts'
import { secrets, startService, until } from '../helpers/service.ts'

const bearer = { authorization: `Bearer ${secrets.admin}` }
const change = { actor: 'test', reason: 'a test' }

interface Told {
  readonly id: number
  readonly event: string
  readonly run: { readonly id: number; readonly status: string; readonly fetched: number }
}

/** A client of server-sent events over a real connection. */
function listen(t: Test, url: string, headers: Record<string, string> = {}) {
  const told: Told[] = []
  const watchers = new Set<() => void>()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const { promise: status, resolve: answered } = Promise.withResolvers<number>()
  const ask = request(url, { headers: { ...bearer, accept: 'text/event-stream', ...headers } }, (reply) => {
    answered(reply.statusCode ?? 0)
    let rest = ''
    reply.setEncoding('utf8').on('data', (text: string) => {
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const field = (name: string) =>
          block
            .split('\n')
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2)
        const [id, event, data] = [field('id'), field('event'), field('data')]
        if (id && event && data) told.push({ id: Number(id), event, run: JSON.parse(data) })
      }
      for (const look of watchers) look()
    })
    reply.once('close', end)
  })
  ask.on('error', () => end())
  ask.end()
  t.teardown(() => ask.destroy())
  const when = (holds: (told: readonly Told[]) => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => holds(told) && resolve()
      watchers.add(look)
      look()
    })
  return { told, ended, status, when, leave: () => ask.destroy() }
}

async function seed(t: Test) {
  const service = await startService(t, { simulator: { items: 450 } })
  const { faults } = service.simulator.control
  const start = async () => {
    const [run] = await service.ctx.syncs.start({ mode: 'full', entities: ['products'], trigger: 'test' }, change)
    return run?.id ?? 0
  }
  return { ...service, faults, start, events: `${service.url}/api/tds/syncs` }
}

t.test('the events of a run come in order, and the stream ends with it', async (t) => {
  const { faults, start, events } = await seed(t)
  const hold = faults.set({ kind: 'hold', purpose: 'items list', query: 'page=2', times: 1 })
  const id = await start()
  const stream = listen(t, `${events}/${id}/events`)
  t.equal(await stream.status, 200)
  await stream.when((told) => told.some(({ run }) => run.status === 'running' && run.fetched === 200))
  faults.release(hold)
  await stream.ended
  const { told } = stream
  t.same(
    told.map((each) => each.id),
    told.map((each) => each.id).toSorted((a, b) => a - b),
  )
  t.match(told.at(-1), { event: 'end', run: { id, status: 'settled' } })
  t.match(told.at(-2), { event: 'run', run: { fetched: 450, written: 450, unsettled: 0 } })

  const again = listen(t, `${events}/${id}/events`, { 'last-event-id': String(told.at(-1)?.id) })
  t.equal(await again.status, 204, 'nothing will come any more')
  const late = listen(t, `${events}/${id}/events`)
  await late.ended
  t.match(late.told, [{ event: 'run', run: { status: 'settled' } }, { event: 'end' }])
})

t.test('a client that comes back is told what it missed, and nothing twice', async (t) => {
  const { faults, start, events, ctx } = await seed(t)
  const hold = faults.set({ kind: 'hold', purpose: 'items list', query: 'page=2', times: 1 })
  const stays = listen(t, `${events}/events`)
  await stays.status
  const id = await start()
  const leaves = listen(t, `${events}/events`)
  await leaves.when((told) => told.some(({ run }) => run.fetched === 200))
  const last = leaves.told.at(-1)?.id ?? 0
  leaves.leave()
  await leaves.ended
  faults.release(hold)
  await stays.when((told) => told.some(({ run }) => run.status === 'settled'))
  const back = listen(t, `${events}/events`, { 'last-event-id': String(last) })
  await back.when((told) => told.some(({ run }) => run.status === 'settled'))
  t.same(
    back.told.map((each) => each.id),
    stays.told.filter((each) => each.id > last).map((each) => each.id),
  )
  t.ok(back.told.every((each) => each.id > last && each.run.id === id))
  t.equal(ctx.runWatch.watchers, 2)
  back.leave()
  stays.leave()
})

t.test('a closing server ends every stream and does not wait for its clients', async (t) => {
  const { app, events, ctx } = await seed(t)
  const streams = [listen(t, `${events}/events`), listen(t, `${events}/events`)]
  t.same(await Promise.all(streams.map(({ status }) => status)), [200, 200])
  await app.close()
  await Promise.all(streams.map(({ ended }) => ended))
  t.equal(ctx.runWatch.watchers, 0)
})

t.test('streams need a key, and there are only so many; all of them share one look', async (t) => {
  const { events, ctx, db } = await seed(t)
  t.equal(await listen(t, `${events}/events`, { authorization: 'Bearer tds_wrong' }).status, 401)
  t.equal(await listen(t, `${events}/999/events`).status, 404)
  const streams = Array.from({ length: 100 }, () => listen(t, `${events}/events`))
  for (const { status } of streams) t.equal(await status, 200)
  t.equal(await listen(t, `${events}/events`).status, 503)
  t.equal(ctx.runWatch.watchers, 100)
  await sql`select pg_stat_clear_snapshot()`.execute(db)
  for (const { leave } of streams) leave()
  await until(db, 'a moment has passed', sql`select true`)
})
