import { z } from 'zod'
import type { Run } from '../src/sync/index.ts'
import { mode, time } from './control-shapes.ts'
import { jsonTimes } from './json-times.ts'

const count = z.int()

export const status = z.enum(['queued', 'running', 'read', 'settled', 'incomplete', 'failed', 'cancelled', 'held'])

export const startedShape = z.object({ id: z.int(), entity_type: z.string(), mode: z.string(), status })

export const runShape = z.object({
  id: z.int(),
  entity_type: z.string(),
  mode: z.string(),
  status: status.meta({
    description:
      'queued → running → read (last page enqueued, cursor moved) → settled (every item ended). incomplete: not read to its end; held: by the mass-change guard; cancelled: by a person',
  }),
  trigger: z.string(),
  requested_by: z.string().nullable(),
  reason: z.string().nullable(),
  phase: z.enum(['list', 'missing', 'details']),
  strategy: z.enum(['filter', 'fence', 'list']).nullable(),
  next_page: z.int().meta({ description: 'Of the list: where it goes on' }),
  position: z.string().nullable().meta({ description: 'In the other phases: the last record it was about' }),
  fetched: count,
  written: count,
  unchanged: count,
  stale: count,
  skipped: count,
  failed: count,
  unsettled: count.meta({ description: 'fetched less the five others' }),
  calls: z.int().meta({ description: 'For list pages' }),
  listed: z.int(),
  details: z.int(),
  since: time.nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  started_at: time.meta({ description: 'Of a queued run: when it was asked for' }),
  read_at: time.nullable(),
  settled_at: time.nullable(),
  changed_at: time,
  seconds: z.number().nullable(),
  per_minute: z.number().nullable().meta({ description: 'Items that ended, a minute' }),
})

export const runDetailsShape = runShape.extend({
  paused: z
    .object({ target: z.string(), paused_by: z.string(), paused_at: time, reason: z.string() })
    .nullable()
    .meta({ description: 'Who holds it back, and why' }),
  expected: z.int().nullable().meta({ description: 'Records it will be about; null where only Zoho knows' }),
  seconds_left: z.int().nullable(),
  calls_used: z.int().meta({ description: 'All calls for its entity since it began; a day of calls is kept' }),
  errors: z
    .array(
      z.object({
        source_entity_id: z.string(),
        outcome: z.string(),
        error_code: z.string().nullable(),
        error_message: z.string().nullable(),
        at: time,
        dead_letter_id: z.int().nullable(),
      }),
    )
    .meta({ description: 'Failed attempts of its items, newest first, at most 50' }),
})

export const runExample = {
  id: 17,
  entity_type: 'products',
  mode: 'full',
  status: 'running' as const,
  trigger: 'api',
  requested_by: 'key bootstrap',
  reason: 'after the price change',
  phase: 'list' as const,
  strategy: 'list' as const,
  next_page: 3,
  position: null,
  fetched: 400,
  written: 210,
  unchanged: 100,
  stale: 0,
  skipped: 0,
  failed: 0,
  unsettled: 90,
  calls: 2,
  listed: 400,
  details: 0,
  since: '2025-07-31T08:00:00.000Z',
  error_code: null,
  error_message: null,
  started_at: '2026-01-31T08:00:00.000Z',
  read_at: null,
  settled_at: null,
  changed_at: '2026-01-31T08:00:04.000Z',
  seconds: 4,
  per_minute: 4650,
}

export const costShape = z.object({
  dry_run: z.literal(true),
  mode,
  entities: z.array(
    z.object({
      entity: z.string(),
      records: z.int().meta({ description: 'Rows the mirror holds now' }),
      documents: z.int().meta({ description: 'Read one by one or in bulk because they are due' }),
      calls: z.object({ books: z.int(), inventory: z.int() }),
    }),
  ),
  calls: z.int(),
  minutes: z.number().meta({ description: 'At the calls a minute that are allowed now' }),
  notes: z.array(z.string()),
})

export const toRun = <T extends Run>(run: T) => jsonTimes(run)
