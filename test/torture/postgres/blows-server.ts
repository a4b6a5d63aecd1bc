import pg from 'pg'
import { chance } from '../trial.ts'
import type { Blow } from './blow.ts'
import { ask, ownerRole } from './owner.ts'
import { type Stage, terminateAll } from './stage.ts'

const away = ['database_away']
const spooled = /webhooks go to the spool/
const code = (...codes: string[]) => new RegExp(`"code":"(${codes.join('|')})"`)
const lost = code('57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', 'UNKNOWN')

/** What administrators, failovers and crashes do to the server as a whole. */
export const serverBlows: readonly Blow[] = [
  {
    name: 'the server is stopped in order',
    tells: away,
    met: spooled,
    async strike({ server }) {
      await server.halt('fast')
      return server.start
    },
  },
  {
    name: 'the server crashes',
    tells: away,
    met: spooled,
    async strike({ server }) {
      await server.halt('immediate')
      return server.start
    },
  },
  {
    name: 'the server is restarted',
    tells: [],
    met: lost,
    async strike({ server, random }) {
      await server.halt(random.oneOf(['fast', 'immediate']))
      await server.start()
      return async () => {}
    },
  },
  {
    name: 'all connections are terminated, again and again',
    tells: [],
    met: code('57P01', 'UNKNOWN'),
    async strike(stage) {
      let ended = 0
      for (let round = 0; round < 6; round++) {
        stage.load()
        await chance(stage.random, 20, 300)
        ended += await terminateAll(stage, round % 2 === 0 ? 1 : 0.5)
      }
      if (ended === 0) throw new Error('There was no connection to terminate')
      return async () => {}
    },
  },
  {
    name: "the role's timeouts are set so low that sessions end at rest and in the middle",
    tells: [],
    met: code('25P03', '25P04', '57P05', '55P03'),
    async strike(stage) {
      const limits = {
        statement_timeout: '1ms',
        lock_timeout: '10ms',
        idle_in_transaction_session_timeout: '15ms',
        transaction_timeout: '25ms',
        idle_session_timeout: '60ms',
      }
      for (const [name, value] of Object.entries(limits)) await setForRole(stage, `set ${name} = '${value}'`)
      await terminateAll(stage)
      return async () => {
        for (const name of Object.keys(limits)) await setForRole(stage, `reset ${name}`)
        await terminateAll(stage)
      }
    },
  },
  {
    name: 'the role may not connect any more',
    tells: away,
    met: code('53300'),
    async strike(stage) {
      await limitConnections(stage, 0)
      return () => limitConnections(stage, -1)
    },
  },
  {
    name: 'somebody else has all connections but two',
    tells: [],
    met: code('53300'),
    async strike(stage) {
      await limitConnections(stage, 8)
      const others = await takeConnections(stage, 6)
      return async () => {
        await Promise.all(others.map((each) => each.end().catch(() => {})))
        await limitConnections(stage, -1)
      }
    },
  },
  {
    name: 'the server is read-only by mistake',
    tells: ['database_refuses'],
    met: code('25006'),
    async strike({ admin }) {
      await ask(admin, 'alter system set default_transaction_read_only = on')
      await ask(admin, 'select pg_reload_conf()')
      return async () => {
        // The mistake binds superusers, too, but not what is no transaction.
        await ask(admin, 'alter system reset default_transaction_read_only')
        await ask(admin, 'select pg_reload_conf()')
      }
    },
  },
]

const setForRole = ({ admin }: Stage, what: string) => ask(admin, `alter role ${ownerRole} ${what}`)

async function limitConnections(stage: Stage, most: number): Promise<void> {
  await setForRole(stage, `connection limit ${most}`)
  if (most >= 0) await terminateAll(stage)
}

/** As the same role, so that they count against its limit; TDS asks for them at the same time. */
async function takeConnections({ direct }: Stage, wanted: number): Promise<pg.Client[]> {
  const taken: pg.Client[] = []
  for (let tries = 0; taken.length < wanted && tries < 200; tries++) {
    const client = new pg.Client({ connectionString: direct, application_name: 'adversary' })
    client.on('error', () => {})
    await client.connect().then(
      () => taken.push(client),
      () => {},
    )
  }
  return taken
}
