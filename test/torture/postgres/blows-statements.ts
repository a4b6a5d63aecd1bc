import type { Blow } from './blow.ts'
import { deadlock } from './deadlock.ts'
import { ask, inSession } from './owner.ts'
import type { Stage } from './stage.ts'

const code = (...codes: string[]) => new RegExp(`"code":"(${codes.join('|')})"`)

/** Every statement that writes one of these may be refused. */
const written = [
  'tds_inbox_events',
  'tds_inbox_payloads',
  'tds_sync_queue_live',
  'tds_sync_queue_done',
  'tds_sync_runs',
  'tds_zoho_calls',
  'tds_metrics',
  'products',
  'invoices',
  'invoice_items',
  'sales_orders',
  'customers',
]

/** What befalls single statements and transactions. */
export const statementBlows: readonly Blow[] = [
  {
    name: 'statements are refused at random: serialization failures, deadlocks, timeouts',
    tells: [],
    met: code('40001', '40P01', '55P03'),
    strike: (stage) => refuse(stage, written, 0.12, ['40001', '40P01', '55P03']),
  },
  {
    name: 'the inbox takes no statement because of serialization failures',
    tells: ['database_refuses'],
    met: code('40001'),
    strike: (stage) => refuse(stage, ['tds_inbox_events'], 1, ['40001']),
  },
  realDeadlocks(),
  {
    name: 'a lock on the inbox lets every statement time out',
    tells: ['database_away', 'database_refuses'],
    met: code('57014', 'INBOX_DATABASE_SLOW'),
    async strike({ admin }) {
      const locked = Promise.withResolvers<void>()
      const over = Promise.withResolvers<void>()
      const held = inSession(admin, async (client) => {
        await client.query('begin; lock table tds_inbox_events in access exclusive mode')
        locked.resolve()
        await over.promise
        await client.query('commit')
      })
      held.catch(locked.reject)
      await locked.promise
      return async () => {
        over.resolve()
        await held
      }
    },
  },
  {
    name: 'a column of the inbox is gone while TDS runs',
    tells: ['database_refuses'],
    met: code('42703'),
    async strike({ admin }) {
      await ask(admin, 'alter table tds_inbox_payloads rename column sha256 to sha256_by_mistake')
      return () => ask(admin, 'alter table tds_inbox_payloads rename column sha256_by_mistake to sha256')
    },
  },
]

/** A trigger before each statement that writes one of the tables. @param share of the statements that are refused */
export async function refuse(
  { admin }: Stage,
  tables: readonly string[],
  share: number,
  codes: readonly string[],
): Promise<() => Promise<unknown>> {
  await ask(
    admin,
    `create function torture_refuse() returns trigger language plpgsql as $$
     begin
       if random() < tg_argv[0]::float8 then
         raise exception 'refused by torture' using errcode = tg_argv[1 + floor(random() * (tg_nargs - 1))::int];
       end if;
       return null;
     end $$`,
  )
  const given = [share, ...codes].map((each) => `'${each}'`).join(', ')
  for (const table of tables)
    await ask(
      admin,
      `create trigger torture_refuse before insert or update on ${table} for each statement execute function torture_refuse(${given})`,
    )
  return () => ask(admin, 'drop function torture_refuse() cascade')
}

function realDeadlocks(): Blow {
  let lost = 0
  return {
    name: 'real deadlocks, each lost by TDS',
    tells: [],
    met: () => lost > 0,
    async strike(stage) {
      lost = 0
      for (let tries = 0; tries < 6 && lost < 2; tries++) if (await deadlock(stage)) lost += 1
      return async () => {}
    },
  }
}
