import { type Db, sql } from '../../db/index.ts'
import { errorCode, errorMessage } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type Clock, createLoop, type Loop } from '../runtime/index.ts'
import type { Snapshot } from './types.ts'

export interface GaugesDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly observe: () => Promise<{ readonly sight: Snapshot | undefined }>
  readonly isLeader: () => boolean
}

interface Gauge {
  readonly name: string
  readonly label: string
  readonly value: number
}

const MINUTE_MS = 60_000

/** Once a minute the leader keeps how things stand, for plots of what counters cannot tell. */
export function createGauges(deps: GaugesDeps): Loop {
  const { db, clock, log, observe, isLeader } = deps
  return createLoop({
    name: 'gauges',
    clock,
    onError: (error) => log.warn({ code: errorCode(error) }, `gauges were not sampled: ${errorMessage(error)}`),
    errorRestMs: MINUTE_MS / 2,
    async pass() {
      if (isLeader()) await sampleGauges(db, observe)
      // The middle of the next minute: a rest that ends a little early or late stays within it.
      return MINUTE_MS + MINUTE_MS / 2 - (clock.now() % MINUTE_MS)
    },
  })
}

export async function sampleGauges(db: Db, observe: GaugesDeps['observe']): Promise<void> {
  const { sight } = await observe()
  if (sight) await write(db, gaugesOf(sight))
}

function gaugesOf({ depth, vitals, zoho }: Snapshot): readonly Gauge[] {
  const plain = {
    queue_pending: depth.pending,
    queue_processing: depth.processing,
    queue_failed: depth.failed,
    queue_due: depth.due,
    dead_letters: depth.dead_letter,
    oldest_due_seconds: depth.oldest_due_seconds ?? 0,
    alerts_open: vitals.open_warnings + vitals.open_criticals,
    drift_rows: vitals.drifted.reduce((sum, { differences }) => sum + differences, 0),
    zoho_minute_held: zoho.budget.minuteHeld,
    zoho_minute_ceiling: zoho.budget.minuteCeiling,
  }
  const products = Object.entries(zoho.products).flatMap(([label, state]) => [
    { name: 'breaker_open', label, value: state.breaker === 'closed' ? 0 : 1 },
    { name: 'zoho_day_used', label, value: state.dayUsed },
    { name: 'zoho_day_limit', label, value: state.dayLimit },
  ])
  return [...Object.entries(plain).map(([name, value]) => ({ name, label: '', value })), ...products]
}

/** Two leaders in one minute, as when the lead changes hands, leave the higher value. */
async function write(db: Db, gauges: readonly Gauge[]): Promise<void> {
  await sql`
    insert into tds_metrics as m (bucket, name, label, kind, value)
    select date_trunc('minute', clock_timestamp()), name, label, 'gauge', value
    from jsonb_to_recordset(${JSON.stringify(gauges)}::jsonb) as g(name text, label text, value bigint)
    order by name, label
    on conflict (resolution, bucket, name, label, slot) do update set value = greatest(m.value, excluded.value)`.execute(
    db,
  )
}
