import { z } from 'zod'
import { actionNames } from '../src/healing/index.ts'

const time = z.iso.datetime()
const settingParts = {
  enabled: z.boolean(),
  every_seconds: z.int().meta({ description: 'Between two passes' }),
  limit: z.int().meta({ description: 'Repairs of a pass, at most' }),
  hourly_limit: z.int().meta({ description: 'Repairs of an hour, at most' }),
}
const sample = z.array(z.string()).meta({ description: 'At most ten' })

export const actionShape = z.object({
  action: z.enum(actionNames),
  about: z.string(),
  done_by: z
    .enum(['leader', 'everywhere'])
    .meta({ description: 'leader: by passes; everywhere: by any process, at once when it notices' }),
  ...settingParts,
  defaults: z.object(settingParts),
  updated_at: time.nullable().meta({ description: 'null: as it comes' }),
  updated_by: z.string().nullable(),
  healed_1h: z.int(),
  healed_24h: z.int().meta({ description: 'From the audit trail' }),
  passes_24h: z.int().meta({ description: 'Passes that repaired something' }),
  last_healed_at: time.nullable().meta({ description: 'Within 30 days' }),
  waiting: z.int().meta({ description: 'Records that the last try has not helped so far, and that wait for the next' }),
  given_up: z.int().meta({ description: 'Records that three tries did not help: for people' }),
  last_pass: z
    .object({
      at: time,
      found: z.int(),
      healed: z.int(),
      held: z.string().nullable().meta({ description: 'Why something was left alone' }),
      error: z.string().nullable(),
    })
    .nullable()
    .meta({ description: 'null: none yet, or repaired where it is noticed' }),
})

export const actionsShape = z.object({ items: z.array(actionShape), total: z.int(), next: z.null() })

export const runShape = z.object({
  action: z.enum(actionNames),
  dry_run: z.boolean(),
  found: z.int(),
  healed: z.int(),
  held: z.string().nullable(),
  samples: sample,
})

const defaults = { enabled: true, every_seconds: 120, limit: 50, hourly_limit: 500 }

export const actionExample: z.output<typeof actionShape> = {
  action: 'dead-letters-outage',
  about: 'Has records read again that died of an outage, once the other side answers again.',
  done_by: 'leader',
  ...defaults,
  defaults,
  updated_at: null,
  updated_by: null,
  healed_1h: 0,
  healed_24h: 12,
  passes_24h: 1,
  last_healed_at: '2026-01-31T08:00:00.000Z',
  waiting: 1,
  given_up: 0,
  last_pass: { at: '2026-01-31T09:58:00.000Z', found: 0, healed: 0, held: null, error: null },
}
