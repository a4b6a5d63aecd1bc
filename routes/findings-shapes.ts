import { z } from 'zod'
import type { StoredFinding } from '../src/sync/index.ts'

const time = z.iso.datetime()
export const severity = z
  .enum(['info', 'warning', 'error'])
  .meta({ description: 'error: readers get something wrong; warning: look at it; info: nothing to do' })

export const findingShape = z.object({
  id: z.int(),
  rule: z.string().meta({ description: 'Stable; `GET /api/tds/findings/rules` says what must hold' }),
  severity,
  state: z.enum(['open', 'accepted', 'resolved']),
  entity_type: z.string(),
  source_entity_id: z.string().meta({ description: "The record's Zoho id" }),
  part: z.string().meta({ description: 'Which column, line or parent of the record; empty for the record itself' }),
  message: z.string(),
  expected: z.string(),
  found: z.string(),
  first_seen: time,
  last_seen: time,
  resolved_at: time.nullable(),
  accepted_at: time.nullable(),
  accepted_until: time.nullable(),
  accepted_by: z.string().nullable(),
  accepted_reason: z.string().nullable(),
  runbook: z.string(),
})

export const countShape = z.object({
  entity_type: z.string(),
  severity,
  open: z.int(),
  accepted: z.int(),
  counted_at: time,
})

export const validationShape = z.object({
  id: z.int(),
  started_at: time,
  finished_at: time,
  found: z.int().meta({ description: 'Rows that break a rule now, accepted ones included' }),
  opened: z.int().meta({ description: 'Findings that were not open before' }),
  resolved: z.int().meta({ description: 'Findings that are no longer true' }),
  rules: z.array(
    z.object({
      rule: z.string(),
      found: z.int(),
      opened: z.int(),
      resolved: z.int(),
      truncated: z.boolean().meta({ description: 'There are more than are kept; then nothing is taken to be over' }),
      error: z.string().nullable().meta({ description: 'The rule could not be asked; its findings are as they were' }),
      milliseconds: z.int(),
    }),
  ),
})

/** A validation that may go on still; what it found is known at its end. */
export const validationStateShape = z.object({
  id: z.int(),
  state: z.enum(['running', 'done', 'failed']),
  actor: z.string(),
  started_at: time,
  finished_at: time.nullable(),
  error: z
    .string()
    .nullable()
    .meta({ description: 'The code of what ended it before its end; `STOPPED`: its process stopped' }),
  found: validationShape.shape.found.nullable(),
  opened: validationShape.shape.opened.nullable(),
  resolved: validationShape.shape.resolved.nullable(),
  rules: validationShape.shape.rules.nullable(),
})

export const toFinding = (finding: StoredFinding): z.output<typeof findingShape> => ({
  id: finding.id,
  rule: finding.rule,
  severity: finding.severity,
  state: finding.state,
  entity_type: finding.entity_type,
  source_entity_id: finding.source_entity_id,
  part: finding.part,
  message: finding.message,
  expected: finding.expected,
  found: finding.found,
  first_seen: finding.first_seen.toISOString(),
  last_seen: finding.last_seen.toISOString(),
  resolved_at: finding.resolved_at?.toISOString() ?? null,
  accepted_at: finding.accepted_at?.toISOString() ?? null,
  accepted_until: finding.accepted_until?.toISOString() ?? null,
  accepted_by: finding.accepted_by,
  accepted_reason: finding.accepted_reason,
  runbook: 'docs/runbook.md#findings',
})

const seen = '2026-01-31T05:40:00.000Z'
export const findingExample: z.input<typeof findingShape> = {
  id: 1,
  rule: 'negative_stock',
  severity: 'warning',
  state: 'open',
  entity_type: 'products',
  source_entity_id: '460000000012345',
  part: 'stock_on_hand',
  message: 'products.stock_on_hand is below zero: more was shipped than was booked in',
  expected: '0 or more',
  found: '-3',
  first_seen: seen,
  last_seen: seen,
  resolved_at: null,
  accepted_at: null,
  accepted_until: null,
  accepted_by: null,
  accepted_reason: null,
  runbook: 'docs/runbook.md#findings',
}
const result = {
  rule: 'negative_stock',
  found: 1,
  opened: 1,
  resolved: 0,
  truncated: false,
  error: null,
  milliseconds: 4,
}
export const validationExample: z.input<typeof validationShape> = {
  id: 7,
  started_at: seen,
  finished_at: seen,
  found: 1,
  opened: 1,
  resolved: 0,
  rules: [result],
}
export const validationDone: z.input<typeof validationStateShape> = {
  ...validationExample,
  state: 'done',
  actor: 'key abcd1234',
  error: null,
}
export const validationRunning: z.input<typeof validationStateShape> = {
  ...validationDone,
  state: 'running',
  finished_at: null,
  found: null,
  opened: null,
  resolved: null,
  rules: null,
}
export const rulesExample = {
  items: [
    {
      code: 'negative_stock',
      severity: 'warning' as const,
      says: 'no stock on hand is below zero',
      open: 1,
      accepted: 0,
      entities: [{ entity_type: 'products', severity: 'warning' as const, open: 1, accepted: 0, counted_at: seen }],
      runbook: 'docs/runbook.md#findings',
    },
  ],
  total: 1,
  next: null,
  validated_at: seen,
}
