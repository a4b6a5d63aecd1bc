import { sql } from '../../../db/index.ts'
import { buildApp } from '../../../src/app.ts'
import { loadConfig } from '../../../src/config.ts'
import { createContext } from '../../../src/context.ts'
import { environmentFor, until } from '../../helpers/service.ts'
import { age, type Row, type World } from './world.ts'

/** The lock whose holder leads; see src/scheduler/leadership.ts. */
const leaderLock = 7_204_113

/** A session of somebody else, who holds something until it is let go. */
function hold(world: World, take: ReturnType<typeof sql>) {
  const held = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const session = world.db.transaction().execute(async (tx) => {
    await take.execute(tx)
    held.resolve()
    await end.promise
  })
  session.catch(held.reject)
  return {
    held: held.promise,
    async letGo() {
      end.resolve()
      await session
    },
  }
}
let held: ReturnType<typeof hold> | undefined

/** A process that hangs leads: it fires nothing, and nobody else may. It stands first in the row when the leader's session ends. */
async function takeLeadership(world: World): Promise<void> {
  held = hold(world, sql`select pg_advisory_xact_lock(${leaderLock})`)
  const ours = sql`application_name = 'tds-test'`
  const sessions = sql`pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and objid = ${leaderLock} and datname = current_database()`
  await until(world.db, 'we stand in the row', sql`select exists (select from ${sessions} and ${ours})`)
  await sql`select pg_terminate_backend(pid) from ${sessions} and granted and not (${ours})`.execute(world.db)
  await held.held
}

async function giveLeadershipBack(world: World): Promise<void> {
  await held?.letGo()
  await world.until('this process leads again', ({ summary }) => {
    return world.ctx.scheduler.isLeader && Number(summary.leader_age_s ?? 99) < 15
  })
}

let visited: { stop(): Promise<void> } | undefined

export const processes: readonly Row[] = [
  {
    name: 'a new installation has not read everything yet',
    code: 'never_synced',
    check: 'sync',
    severity: 'degraded',
    words: /^products: no complete run/,
    isNew: true,
    // Its test holds the first list of the items back before the service starts.
    break: async () => {},
    recover: async ({ simulator }) => simulator.control.faults.clear(),
  },
  {
    name: 'processes give no sign of life while work waits',
    code: 'no_worker',
    check: 'workers',
    severity: 'unhealthy',
    words: /sign of life for \d+ s, and 1 item\(s\) wait/,
    thresholds: { heartbeat_seconds: 1 },
    async break(world) {
      world.simulator.control.faults.set({ kind: 'hold', path: '/inventory' })
      held = hold(world, sql`lock table tds_processes in exclusive mode`)
      await held.held
      const [id] = world.simulator.control.records.ids('items')
      await world.webhook('products', { item: { item_id: id } })
    },
    async recover({ simulator }) {
      await held?.letGo()
      simulator.control.faults.clear()
    },
  },
  {
    name: 'nobody leads',
    code: 'no_leader',
    check: 'scheduler',
    severity: 'degraded',
    words: /nobody fires the timetable/,
    thresholds: { no_leader_seconds: { warning: 1, critical: 100_000 } },
    break: takeLeadership,
    recover: giveLeadershipBack,
  },
  {
    name: 'the timetable fires no more',
    code: 'timetable_late',
    check: 'scheduler',
    severity: 'unhealthy',
    words: /backfill is 170 min late|backfill is 2 h late/,
    thresholds: { no_leader_seconds: { warning: 100_000, critical: 100_000 } },
    async break(world) {
      await takeLeadership(world)
      await age(world, 'tds_scheduled_tasks', 'fired_at', '3 hours')
    },
    recover: giveLeadershipBack,
  },
  {
    name: 'a start without credentials',
    code: 'zoho_not_configured',
    check: 'zoho',
    severity: 'degraded',
    words: /No Zoho credentials/,
    async break(world) {
      const { ZOHO_REFRESH_TOKEN: _, ...env } = environmentFor(world.simulator, world.config.images.dir, {
        DATABASE_URL: world.proxy.url,
      })
      const config = loadConfig(env)
      const ctx = await createContext({ config, databaseUrl: world.proxy.url, log: world.ctx.log, version: 'test' })
      const app = await buildApp(ctx)
      world.visit(await app.listen({ host: '127.0.0.1', port: 0 }))
      visited = {
        async stop() {
          await app.close()
          await ctx.stop()
        },
      }
    },
    async recover(world) {
      world.visit(null)
      await visited?.stop()
    },
  },
]
