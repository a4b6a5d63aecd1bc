import { type Db, sql } from '../../db/index.ts'
import { growth } from './budget.ts'
import type { Timing } from './timing.ts'

export interface Block {
  /** Zoho's code: 43, 44 or 1070. */
  readonly code: number
  /** Seconds the reply asked for. */
  readonly retryAfter: number | null
  /** When the refused call started, as its permit says. */
  readonly startedAt: string
}

export interface BlockOptions {
  readonly perMinute: number
  readonly concurrency: number
  readonly timing: Timing
  /** 0 ≤ n < 1 */
  readonly random: number
}

/**
 * A limit Zoho answered: the whole organisation pauses, and starts again with a lower ceiling that grows back minute by
 * minute. Calls that were in flight together get the same answer together: only the first of them counts.
 * @returns how long the pause lasts from now, in milliseconds
 */
export async function recordBlock(db: Db, block: Block, options: BlockOptions): Promise<number> {
  const { timing } = options
  const reaction = reactions.get(block.code) ?? minuteReaction
  const pauseMs = sql`greatest(
    ${reaction.pauseMs(timing, options.random)}::float8 * 2 ^ ${reaction.doubles ? repeats(timing) : sql`0`},
    ${(block.retryAfter ?? 0) * 1000}::float8)`
  const until = sql`clock_timestamp() + ${pauseMs} * interval '1 millisecond'`
  const now = (ceiling: 'minute_ceiling' | 'concurrency_ceiling', step: number, most: number) => sql`
    tds_zoho_ceiling(${sql.ref(ceiling)}, ceiling_changed_at, clock_timestamp(), ${timing.windowMs}, ${step}, ${most})`
  await sql`
    update tds_zoho_budget set
      minute_ceiling = greatest(1,
        ${now('minute_ceiling', growth(options.perMinute), options.perMinute)} * ${reaction.minutePercent}::integer / 100),
      concurrency_ceiling = greatest(1,
        ${now('concurrency_ceiling', 1, options.concurrency)} * ${reaction.concurrencyPercent}::integer / 100),
      block_count = case when ${isRepeat(timing)} then block_count + 1 else 1 end,
      block_code = ${block.code},
      blocked_until = ${until},
      ceiling_changed_at = ${until},
      updated_at = clock_timestamp()
     where scope = 'organization'
       and (ceiling_changed_at is null or ceiling_changed_at <= ${block.startedAt}::timestamptz)`.execute(db)
  const { rows } = await sql<{ waitMs: number }>`
    select tds_zoho_ms(blocked_until - clock_timestamp()) as "waitMs"
      from tds_zoho_budget where scope = 'organization'`.execute(db)
  return Math.max(0, Math.ceil(rows[0]?.waitMs ?? 0))
}

interface Reaction {
  readonly minutePercent: number
  readonly concurrencyPercent: number
  readonly pauseMs: (timing: Timing, random: number) => number
  /** Whether the pause doubles while the block keeps coming back. */
  readonly doubles: boolean
}

const minuteReaction: Reaction = {
  minutePercent: 70,
  concurrencyPercent: 100,
  pauseMs: ({ windowMs }, random) => windowMs * (1 + random),
  doubles: false,
}

const reactions: ReadonlyMap<number, Reaction> = new Map([
  [44, minuteReaction],
  [43, { minutePercent: 50, concurrencyPercent: 100, pauseMs: ({ windowMs }) => windowMs * 5, doubles: true }],
  [
    1070,
    {
      minutePercent: 100,
      concurrencyPercent: 70,
      pauseMs: ({ windowMs }, random) => (windowMs / 60) * (1 + 4 * random),
      doubles: false,
    },
  ],
])

// A block within half an hour of the last one's end is the same trouble; five doublings of 5 minutes are 160.
const isRepeat = ({ windowMs }: Timing) =>
  sql`(block_code = 43 and blocked_until > clock_timestamp() - ${windowMs * 30}::float8 * interval '1 millisecond')`
const repeats = (timing: Timing) => sql`(case when ${isRepeat(timing)} then least(5, block_count) else 0 end)`
