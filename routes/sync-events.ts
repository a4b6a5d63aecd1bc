import { PassThrough } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { RunDetails, RunEvent, RunWatch } from '../src/sync/index.ts'
import { id } from './control-shapes.ts'
import type { SyncsContext } from './syncs.ts'

export interface SyncEventsContext extends SyncsContext {
  readonly runWatch: RunWatch
}

/** After that a client comes again by itself, with its key looked at anew. */
const longestMs = 15 * 60_000
/** A client that does not read is let go before it costs memory. */
const mostWaitingBytes = 1024 * 1024
const retry = 'retry: 2000\n\n'

const headers = z.object({
  'last-event-id': z
    .string()
    .regex(/^\d{1,16}$/)
    .optional()
    .meta({ description: 'The `id` of the last event that arrived: what came after it is told first' }),
})
const stream = {
  200: {
    description: 'Events `run` with a run as JSON, as GET /api/tds/syncs shows it; `end` after the last one',
    content: {
      'text/event-stream': {
        // A stream is not serialised; this is what is in it.
        schema: z.unknown().meta({
          type: 'string',
          example: 'id: 1767225600000000\nevent: run\ndata: {"id":17,"status":"running","fetched":400}\n\n',
        }),
      },
    },
  },
}

/** Runs as they go on, told while they do: for the page, and for `curl -N`. */
export const syncEventRoutes: FastifyPluginAsyncZod<{ ctx: SyncEventsContext }> = async (app, { ctx }) => {
  const { syncs, runWatch } = ctx
  // The server waits for its connections when it closes; these end only by being told.
  app.addHook('preClose', () => runWatch.close())

  app.get('/api/tds/syncs/events', {
    config: { scope: 'stats:read' },
    handlerTimeout: longestMs + 60_000,
    schema: {
      tags: ['syncs'],
      summary: 'Runs as they go on, as server-sent events',
      description:
        'First the runs that are open, then every change of any run; a comment every 15 seconds. A stream lasts 15 minutes at most; clients come again with Last-Event-ID.',
      headers,
      response: stream,
    },
    handler: async (request, reply) => {
      const events = await openStream(runWatch, { after: lastEvent(request.headers) })
      return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(events)
    },
  })

  app.get('/api/tds/syncs/:id/events', {
    config: { scope: 'stats:read' },
    handlerTimeout: longestMs + 60_000,
    schema: {
      tags: ['syncs'],
      summary: 'One run as it goes on, as server-sent events',
      description: 'How it stands, then every change; the stream ends with the run. 204 once the last event was seen.',
      params: z.object({ id: id.meta({ example: 1 }) }),
      headers,
      response: { ...stream, 204: z.null().meta({ description: 'The run is over, and its last event was seen' }) },
    },
    handler: async (request, reply) => {
      const run = await syncs.get(request.params.id)
      const after = lastEvent(request.headers)
      if (hasSeenTheEnd(run, after)) return reply.code(204).send(null)
      const events = await openStream(runWatch, { runId: run.id, after })
      return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(events)
    },
  })
}

const lastEvent = (given: z.output<typeof headers>): number | undefined =>
  given['last-event-id'] === undefined ? undefined : Number(given['last-event-id'])

const endings: readonly string[] = ['settled', 'incomplete', 'failed', 'cancelled', 'held']

/** Ids of events are microseconds; a time of the language has milliseconds. */
const hasSeenTheEnd = ({ status, changed_at }: RunDetails, after: number | undefined): boolean =>
  endings.includes(status) && after !== undefined && after >= changed_at.getTime() * 1000

interface Asked {
  readonly runId?: number
  readonly after: number | undefined
}

async function openStream(runWatch: RunWatch, asked: Asked): Promise<PassThrough> {
  const events = new PassThrough()
  // The client went away while something was being written: that is how streams end.
  events.on('error', () => {})
  events.write(retry)
  const leave = await runWatch.watch(listenerFor(events, asked))
  const late = setTimeout(() => events.end(), longestMs)
  events.once('close', () => {
    clearTimeout(late)
    leave()
  })
  if (events.destroyed) leave()
  return events
}

function listenerFor(events: PassThrough, { runId, after }: Asked) {
  const tell = (text: string) => {
    if (events.writableEnded || events.destroyed) return
    if (events.writableLength > mostWaitingBytes) events.destroy()
    else events.write(text)
  }
  return {
    runId,
    after,
    onEvent: ({ id, run, isLast }: RunEvent) => {
      tell(`id: ${id}\nevent: run\ndata: ${JSON.stringify(run)}\n\n`)
      if (!isLast || runId === undefined) return
      tell(`id: ${id}\nevent: end\ndata: ${JSON.stringify({ id: run.id, status: run.status })}\n\n`)
      events.end()
    },
    onBeat: () => tell(': beat\n\n'),
    onClose: () => events.end(),
  }
}
