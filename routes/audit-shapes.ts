import { z } from 'zod'
import type { AuditRecord } from '../src/audit/index.ts'

const line = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  actor: z.string().meta({ description: '`key <id>`, `cli`, or the part of TDS that did it by itself' }),
  action: z.string(),
  subject: z.string().nullable(),
  reason: z.string().nullable(),
  affected: z.int().nullable(),
  filter: z.unknown(),
  before: z.unknown(),
  after: z.unknown(),
  request_id: z.string().nullable(),
  cause: z
    .unknown()
    .meta({ description: 'Of a mirrored row: run, queue row, local id, time of the read and of the edit' }),
})

export const pageOf = z.object({ items: z.array(line), total: z.int(), next: z.int().nullable() })

export const toLine = ({ at, ...rest }: AuditRecord): z.output<typeof line> => ({ ...rest, at: at.toISOString() })
