import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { sql } from '../../../db/index.ts'
import { age, type Row, type World } from './world.ts'

const item = (world: World, index = 0): string => world.simulator.control.records.ids('items')[index] ?? ''
const tell = (world: World, index = 0) => world.webhook('products', { item: { item_id: item(world, index) } })

const databaseIs = (name: string, cut: (world: World) => unknown): Row => ({
  name,
  code: 'database_away',
  check: 'database',
  severity: 'unhealthy',
  words: /does not answer/,
  break: async (world) => void (await cut(world)),
  recover: ({ proxy }) => proxy.restore(),
})

/** Sixteen minutes pass for TDS, and with them its pause; then the clocks agree again. */
async function afterAPause(world: World, work: () => Promise<void>): Promise<void> {
  const ms = 16 * 60_000
  world.clock.forward(ms)
  await work()
  world.clock.forward(-ms)
}

const aside = (folder: string) => `${folder}.aside`

export const dependencies: readonly Row[] = [
  databaseIs('the database refuses connections', ({ proxy }) => proxy.refuse()),
  databaseIs('the database hangs', ({ proxy }) => proxy.hang()),
  {
    name: 'Zoho answers errors',
    code: 'breaker_open',
    check: 'zoho',
    severity: 'degraded',
    words: /calls are stopped after \d+ failure/,
    async break(world) {
      world.simulator.control.faults.set({ kind: 'internal-error', path: '/inventory' })
      for (let call = 0; call < 5; call++) {
        const request = { product: 'inventory', purpose: 'test' } as const
        const answer = await world.ctx.zoho.acquire(request)
        if ('permit' in answer) {
          const path = `/items/${item(world)}`
          await world.ctx.zoho.get({ ...request, path, permit: answer.permit }).catch(() => {})
        }
      }
    },
    async recover(world) {
      world.simulator.control.faults.clear()
      await sql`update tds_zoho_budget set breaker_retry_at = now() where breaker_state <> 'closed'`.execute(world.db)
      await tell(world)
    },
  },
  {
    name: 'Zoho blocks the organisation',
    code: 'zoho_blocked',
    check: 'zoho',
    severity: 'degraded',
    words: /code 43/,
    async break(world) {
      world.simulator.control.faults.set({ kind: 'blocked', times: 1 })
      await tell(world)
    },
    async recover(world) {
      await sql`update tds_zoho_budget set blocked_until = now() where blocked_until > now()`.execute(world.db)
      await sql`update tds_sync_queue_live set run_at = now() where status = 'pending'`.execute(world.db)
    },
  },
  {
    name: "others use up the day's calls",
    code: 'day_quota',
    check: 'zoho',
    severity: 'degraded',
    words: /inventory: 95 % of the day's/,
    async break(world) {
      const { limits } = world.simulator.control
      limits.set({ inventoryPerDay: 10_000 })
      limits.setUsed('inventory', 9_500)
      await tell(world)
    },
    async recover(world) {
      const { limits } = world.simulator.control
      limits.set({ inventoryPerDay: 10_000_000 })
      limits.setUsed('inventory', 0)
      await tell(world, 1)
    },
  },
  {
    name: 'I1: Zoho refuses the refresh token',
    code: 'token_paused',
    check: 'zoho',
    severity: 'unhealthy',
    words: /invalid_code/,
    async break(world) {
      const { oauth } = world.simulator.control
      oauth.refuse('invalid_code')
      oauth.expire()
      await age(world, 'tds_zoho_token', 'attempted_at', '1 hour')
      await tell(world)
    },
    async recover(world) {
      world.simulator.control.oauth.refuse(undefined)
      await age(world, 'tds_zoho_token', 'attempted_at', '1 hour')
      await age(world, 'tds_zoho_token', 'paused_at', '1 hour')
      await sql`update tds_sync_queue_live set run_at = now() where status = 'pending'`.execute(world.db)
      await afterAPause(world, async () => {
        await tell(world, 1)
        await world.until(
          'the token is taken again',
          ({ reasons }) => !reasons.some(({ code }) => code === 'token_paused'),
        )
      })
      // A reply after it, so that Zoho's clock is compared with the right one again.
      await tell(world, 2)
    },
  },
  {
    name: 'I11: Zoho does not permit pictures any more',
    code: 'images_paused',
    check: 'images',
    severity: 'degraded',
    words: /code 57/,
    async break(world) {
      const { images, records } = world.simulator.control
      images.setAccess('refused-200')
      const [id = ''] = records.ids('items', ({ picture }) => picture !== undefined && picture !== null)
      images.replace(id)
      // It is refused twice, with the old token and with a new one, of which there is one a minute.
      await age(world, 'tds_zoho_token', 'attempted_at', '1 hour')
      await world.webhook('products', { item: { item_id: id } })
    },
    async recover(world) {
      world.simulator.control.images.setAccess('allowed')
      await sql`update tds_alerts set detail = detail || '{"paused_until": "2020-01-01T00:00:00Z"}' where fingerprint = 'images-scope'`.execute(
        world.db,
      )
      await sql`update tds_sync_queue_live set run_at = now() where status = 'pending'`.execute(world.db)
      world.ctx.wake()
    },
  },
  {
    name: 'the image folder is gone',
    code: 'folder_unusable',
    check: 'disk',
    severity: 'unhealthy',
    words: /image folder is gone/,
    break: ({ config }) => rename(config.images.dir, aside(config.images.dir)),
    recover: ({ config }) => rename(aside(config.images.dir), config.images.dir),
  },
  {
    name: 'where the spool folder was is a file',
    code: 'folder_unusable',
    check: 'disk',
    severity: 'degraded',
    words: /spool folder is no folder/,
    async break({ config }) {
      await rm(config.spool.dir, { recursive: true, force: true })
      await writeFile(config.spool.dir, '')
    },
    async recover({ config }) {
      await rm(config.spool.dir)
      await mkdir(config.spool.dir)
    },
  },
  {
    name: 'the disk has no room to speak of',
    code: 'disk_full',
    check: 'disk',
    severity: 'unhealthy',
    words: /% of the disk of the image folder is free/,
    // Whatever this machine has free is less than all of it, so no disk has to be filled.
    thresholds: { disk_free_percent: { warning: 100, critical: 99.9 } },
    break: async () => {},
    recover: async () => {},
  },
  {
    name: 'the clock of the machine goes wrong',
    code: 'clock_skew',
    check: 'clock',
    severity: 'unhealthy',
    words: /ahead of that of the database/,
    break: async ({ clock }) => clock.forward(90_000),
    recover: async ({ clock }) => clock.forward(-90_000),
  },
  {
    name: 'the clock differs from the one Zoho states',
    code: 'clock_skew',
    check: 'clock',
    severity: 'degraded',
    words: /behind that of Zoho/,
    async break(world) {
      world.clock.forward(-10_000)
      await tell(world)
    },
    async recover(world) {
      world.clock.forward(10_000)
      await tell(world, 1)
    },
  },
  {
    name: 'somebody wrote limits that nobody can read',
    code: 'thresholds_unreadable',
    check: 'configuration',
    severity: 'degraded',
    words: /cannot be read/,
    async break({ db }) {
      await sql`insert into tds_configuration (key, value) values ('alerts.thresholds', '{"failed": "many"}')`.execute(
        db,
      )
    },
    async recover({ db }) {
      await sql`delete from tds_configuration where key = 'alerts.thresholds'`.execute(db)
    },
  },
]
