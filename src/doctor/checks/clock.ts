import { sql } from '../../../db/index.ts'
import { oneRow, readOnly } from '../read-only.ts'
import { type Check, type Finding, ok, problem, warning } from '../types.ts'
import { span } from '../words.ts'

/** This process's clock and the database's. Order of writes rests on the database's alone, waits on ours. */
export const clock: Check = {
  name: 'clock-database',
  needs: 'database',
  anchor: 'clock',
  async look(deps) {
    const before = deps.clock.now()
    const query = sql<{ now: number }>`select extract(epoch from clock_timestamp())::float8 * 1000 as now`
    const { now } = await readOnly(deps.db, (tx) => oneRow(tx, query))
    const after = deps.clock.now()
    return [skew('the database', { theirs: now, ours: (before + after) / 2, fuzzMs: (after - before) / 2 })]
  },
}

export interface Clocks {
  /** Milliseconds since the epoch. */
  readonly theirs: number
  readonly ours: number
  /** What the comparison cannot tell. */
  readonly fuzzMs: number
}

/** Five seconds disturb waits; a minute breaks the life of tokens and the day's reset. */
export function skew(whose: string, { theirs, ours, fuzzMs }: Clocks): Finding {
  const offMs = Math.max(0, Math.abs(theirs - ours) - fuzzMs)
  const words =
    offMs < 1000
      ? `${whose} and this process agree to the second`
      : `${whose} is ${span(offMs / 1000)} ${theirs > ours ? 'ahead of' : 'behind'} this process`
  const fix = 'set the clocks by NTP (timedatectl set-ntp true), this machine first; restart nothing before'
  if (offMs > 60_000) return problem(words, fix)
  return offMs > 5_000 ? warning(words, fix) : ok(words)
}
