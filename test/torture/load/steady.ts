import { type Db, sql } from '../../../db/index.ts'
import type { Figures } from '../trial.ts'
import { handles, residentMib } from './process.ts'

const MIB = 1024 * 1024

/** How it stands at one moment. */
export type Sight = Readonly<Record<keyof typeof margins, number>>

/** By how much the last third may lie above the second: by a share of it, and by so much beside. */
const margins = {
  'heap in use, MiB': { share: 0.1, more: 4 },
  'resident, MiB': { share: 0.15, more: 32 },
  handles: { share: 0.1, more: 6 },
  connections: { share: 0, more: 3 },
  'queue table, KiB': { share: 0.25, more: 256 },
  'queue indexes, KiB': { share: 0.25, more: 256 },
  'bookkeeping tables and indexes, KiB': { share: 0.2, more: 2_048 },
  'mirrored tables and indexes, KiB': { share: 0.2, more: 2_048 },
} as const

export interface Figure {
  readonly words: string
  readonly grows: boolean
}

export async function measure({
  victim,
  db,
}: {
  readonly victim: { readonly pid: number; heap(): Promise<number> }
  readonly db: Db
}): Promise<Sight> {
  const { rows } = await sql<{ table: number; indexes: number; own: number; mirrored: number; sessions: number }>`
    select pg_relation_size('tds_sync_queue_live') / 1024 as table, pg_indexes_size('tds_sync_queue_live') / 1024 as indexes,
      sum(pg_total_relation_size(c.oid)) filter (where c.relname like 'tds\_%') / 1024 as own,
      sum(pg_total_relation_size(c.oid)) filter (where c.relname not like 'tds\_%') / 1024 as mirrored,
      (select count(*) from pg_stat_activity where datname = current_database()) as sessions
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname = 'public'`.execute(db)
  const [sizes] = rows
  return {
    'heap in use, MiB': Math.round((await victim.heap()) / MIB),
    'resident, MiB': await residentMib(victim.pid),
    handles: await handles(victim.pid),
    connections: sizes?.sessions ?? 0,
    'queue table, KiB': Math.round(Number(sizes?.table)),
    'queue indexes, KiB': Math.round(Number(sizes?.indexes)),
    'bookkeeping tables and indexes, KiB': Math.round(Number(sizes?.own)),
    'mirrored tables and indexes, KiB': Math.round(Number(sizes?.mirrored)),
  }
}

/** The first third is for warming up; the last is compared with the second, by the middle of each. */
export function steady(sights: readonly Sight[]): Figure[] {
  const third = Math.floor(sights.length / 3)
  if (third < 3) throw new Error(`${sights.length} looks are too few to say anything`)
  return Object.entries(margins).map(([name, { share, more }]) => {
    const what = name as keyof typeof margins
    const [second, last] = [middle(sights.slice(third, 2 * third), what), middle(sights.slice(2 * third), what)]
    const allowed = Math.round(second * (1 + share) + more)
    return { words: `${name}: ${second}, then ${last} (${allowed} allowed)`, grows: last > allowed }
  })
}

export const figuresOf = (sights: readonly Sight[]): Figures => sights.at(-1) ?? {}

function middle(sights: readonly Sight[], what: keyof Sight): number {
  const sorted = sights.map((sight) => sight[what]).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
