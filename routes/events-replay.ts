import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Inbox, ReplayPreview } from '../src/inbox/index.ts'
import { actorOf, reason } from './dlq-shapes.ts'

export interface ReplayContext {
  readonly inbox: Pick<Inbox, 'events'>
}

const instant = z.iso.datetime({ offset: true })
const body = z
  .strictObject({
    ids: z.array(z.uuid()).min(1).max(1_000).optional(),
    from: instant.optional().meta({ description: 'Received at or after' }),
    to: instant.optional().meta({ description: 'Received before' }),
    module: z.string().max(64).optional(),
    dry_run: z
      .boolean()
      .default(false)
      .meta({ description: 'Only say what would be read again and what it would change' }),
    reason: reason.meta({ description: 'Why; kept in the audit trail' }),
  })
  .refine(({ ids, from, to, module }) => (ids ? !from && !to && !module : from !== undefined), {
    error: 'name either ids, or from with to and module as you like',
  })
const change = z.object({
  entity_type: z.string(),
  source_entity_id: z.string(),
  change: z.enum(['none', 'insert', 'update', 'revive', 'delete', 'unknown']),
  fields: z.array(
    z.object({
      column: z.string(),
      table: z.string().optional(),
      key: z.string().optional(),
      here: z.unknown().optional().meta({ description: 'Values need payload:read' }),
      source: z.unknown().optional(),
    }),
  ),
  code: z.string().optional().meta({ description: 'Why it is unknown' }),
})
const preview = z.object({
  items: z.array(z.object({ entity_type: z.string(), source_entity_id: z.string(), events: z.int() })),
  parked_events: z.array(
    z.object({
      event_id: z.uuid(),
      now: z.enum(['promoted', 'parked']),
      reason: z.string().nullable(),
      entity_type: z.string().nullable(),
      source_entity_id: z.string().nullable(),
    }),
  ),
  changes: z.array(change).meta({ description: 'Of the first 20 records, as Zoho has them now' }),
})
const answer = z.object({
  count: z.int().meta({ description: 'Events meant' }),
  records: z.int().meta({ description: 'Distinct records read again' }),
  parked: z.int().meta({ description: 'Parked events tried once more' }),
  ...preview.partial().shape,
})

/** A preview waits for Zoho no longer than this; what was not read by then is unknown. */
const patienceMs = 20_000

export const eventReplayRoutes: FastifyPluginAsyncZod<{ ctx: ReplayContext }> = async (app, { ctx }) => {
  const { events } = ctx.inbox

  app.post('/api/tds/events/replay', {
    config: { scope: 'queue:control' },
    schema: {
      tags: ['events'],
      summary:
        'Promotes events once more: parked ones whose cause is gone, promoted ones to have their record read again',
      body,
      response: { 200: answer },
    },
    handler: async (request) => {
      const { ids, from, to, module, dry_run, reason } = request.body
      const choice = { ids, module, from: from ? new Date(from) : undefined, to: to ? new Date(to) : undefined }
      if (!dry_run) return events.replay({ ...choice, actor: actorOf(request), reason })
      const found = await events.previewReplay(choice, AbortSignal.timeout(patienceMs))
      return toPreview(found, request.key?.scopes.includes('payload:read') ?? false)
    },
  })
}

function toPreview({ items, parked_events, changes, ...counts }: ReplayPreview, withValues: boolean) {
  return {
    ...counts,
    items: [...items],
    parked_events: [...parked_events],
    changes: changes.map(({ fields, ...rest }) => ({
      ...rest,
      change: change.shape.change.parse(rest.change),
      fields: fields.map(({ here, source, ...place }) => (withValues ? { ...place, here, source } : place)),
    })),
  }
}
