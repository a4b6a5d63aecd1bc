import { z } from 'zod'

export const time = z.iso.datetime()
export const reason = z.string().trim().min(1).max(500).meta({ description: 'Why; kept in the audit trail' })
export const exampleId = '019a1f00-0000-7000-8000-000000000001'
export const runParams = z.object({ id: z.uuid().meta({ description: 'Of the comparison', example: exampleId }) })

export const runShape = z.object({
  id: z.uuid(),
  state: z
    .enum(['running', 'done', 'failed', 'cancelled', 'aborted'])
    .meta({ description: 'done: compared to the end, whatever came out; aborted: its process ended before it' }),
  trigger: z.string().meta({ description: 'api, cli or schedule' }),
  actor: z.string(),
  reason: z.string().nullable(),
  entities: z.array(z.string()),
  sample: z.int().nullable(),
  all_fields: z.boolean(),
  repair: z.boolean(),
  progress: z
    .object({ entity: z.string(), done: z.int(), expected: z.int().optional() })
    .nullable()
    .meta({ description: 'Where it is, while it runs' }),
  cancel_requested_at: time.nullable(),
  started_at: time,
  finished_at: time.nullable(),
  ok: z.boolean().nullable().meta({ description: 'Everything was read, nothing differs, and no finding is an error' }),
  calls: z.int().nullable().meta({ description: 'To Zoho' }),
  differences: z.int(),
  pending: z.int().meta({ description: 'Different, but their work is already in the queue' }),
  findings: z.int(),
  finding_errors: z.int(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
})

const fieldDifference = z.object({
  column: z.string(),
  here: z.unknown(),
  source: z.unknown(),
  key: z.string().optional(),
  table: z.string().optional(),
})
export const entityReport = z.object({
  entity: z.string(),
  started_at: time,
  finished_at: time,
  source: z.int().nullable().meta({ description: 'Records in Zoho; null where only a sample was read' }),
  here: z.int(),
  listed: z.int(),
  detailed: z.int(),
  values: z.int(),
  difference_count: z.int(),
  differences: z
    .array(z.object({ kind: z.string(), source_entity_id: z.string(), fields: z.array(fieldDifference).optional() }))
    .meta({ description: 'At most 1,000' }),
  cleared: z.int(),
  pending: z.int(),
  details_due: z.int(),
  findings: z.array(
    z.object({
      check: z.string(),
      severity: z.enum(['error', 'warning']),
      source_entity_id: z.string(),
      expected: z.string(),
      found: z.string(),
      message: z.string(),
    }),
  ),
  finding_count: z.int(),
  finding_errors: z.int(),
  unread: z.object({ code: z.string(), message: z.string() }).optional(),
  arabic: z.record(z.string(), z.object({ source: z.int(), here: z.int() })),
  pictures: z
    .object({ at_source: z.int().nullable(), by_status: z.record(z.string(), z.int()), files_read: z.int() })
    .optional(),
  requeued: z.int(),
})

export const sampleShape = z.object({
  entity_type: z.string(),
  source_entity_id: z.string(),
  kind: z.string().meta({ description: 'A kind of difference, `unlinked`, or `parent`: named by rows and not here' }),
})
export const repairState = z.enum(['preview', 'running', 'done', 'cancelled'])
export const repairAnswer = z.object({
  count: z.int().meta({ description: 'Records of the set' }),
  batch_id: z.uuid().nullable().meta({ description: 'null: nothing was enqueued' }),
  samples: z.array(sampleShape),
  frozen_at: time,
  preview_id: z.uuid().optional().meta({ description: 'Of a dry run: confirms exactly this set, within a day' }),
  estimate: z
    .object({
      calls: z.int().meta({ description: 'To Zoho' }),
      minutes: z.int().nullable().meta({ description: 'null: nothing can be called now, see `notes`' }),
      by_entity: z.array(z.object({ entity_type: z.string(), records: z.int(), calls: z.int() })),
      notes: z.array(z.string()),
    })
    .optional(),
  state: repairState.optional(),
})
export const repairShape = z.object({
  id: z.uuid(),
  run_id: z.uuid().meta({ description: 'The comparison' }),
  state: repairState,
  total: z.int(),
  done: z.int(),
  actor: z.string(),
  reason: z.string(),
  created_at: time,
  confirmed_at: time.nullable(),
  finished_at: time.nullable(),
  cancelled_at: time.nullable(),
  cancelled_by: z.string().nullable(),
})

export const runExample: z.input<typeof runShape> = {
  id: exampleId,
  state: 'done',
  trigger: 'api',
  actor: 'key bootstrap',
  reason: 'after the move',
  entities: ['products'],
  sample: 20,
  all_fields: false,
  repair: false,
  progress: null,
  cancel_requested_at: null,
  started_at: '2026-01-31T05:00:00.000Z',
  finished_at: '2026-01-31T05:01:10.000Z',
  ok: false,
  calls: 13,
  differences: 1,
  pending: 0,
  findings: 0,
  finding_errors: 0,
  error_code: null,
  error_message: null,
}
