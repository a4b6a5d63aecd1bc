import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type Audit, type AuditFilter, type AuditRecord, csvHead, toCsv, toNdjson } from '../src/audit/index.ts'
import { inputError } from '../src/errors.ts'
import { pageOf, toLine } from './audit-shapes.ts'

export interface AuditContext {
  readonly audit: Audit
}

const time = z.iso.datetime({ offset: true })
const word = z.string().min(1).max(200)
const query = z.object({
  actor: word.optional(),
  action: word.optional().meta({ example: 'dlq.requeue' }),
  subject: word.optional(),
  from: time.optional().meta({ description: 'At or after' }),
  to: time.optional().meta({ description: 'Before' }),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  after: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional().meta({
    description: '`next` of the page before',
  }),
  kind: z.enum(['operators', 'rows', 'all']).optional().meta({
    description:
      'What people and TDS did, what changed in the mirrored rows (needs `payload:read` too), or both. Without it both for a `subject` if the key may, else the first',
  }),
  format: z.enum(['json', 'csv', 'ndjson']).default('json').meta({
    description: 'csv and ndjson: everything the filter chooses, streamed; limit and after do not count',
  }),
})
/** A stream is written as it comes; only the contract needs to know that it is text. */
const streamedText = z.custom<Readable>().meta({ type: 'string' })
const answer = {
  description: 'A page, or an export',
  content: {
    'application/json': { schema: pageOf },
    'text/csv': { schema: streamedText },
    'application/x-ndjson': { schema: streamedText },
  },
}

/** Who changed what, when and why. What only grows is only read. */
export const auditRoutes: FastifyPluginAsyncZod<{ ctx: AuditContext }> = async (app, { ctx }) => {
  app.get('/api/tds/audit', {
    config: { scope: 'keys:admin' },
    schema: {
      tags: ['audit'],
      summary: 'Every change by page, API and command line, newest first',
      querystring: query,
      response: { 200: answer },
    },
    handler: async (request, reply) => {
      const { format, limit, after, from, to, ...names } = request.query
      const filter: AuditFilter = {
        ...names,
        from: from ? new Date(from) : undefined,
        to: to ? new Date(to) : undefined,
        kind: kindFor(request.key?.scopes ?? [], names),
      }
      if (format !== 'json') {
        const type = format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson'
        reply.type(type).header('content-disposition', `attachment; filename="tds-audit.${format}"`)
        const records = ctx.audit.all(filter)
        // Read before the answer begins: a database that is away is still a problem and no empty file.
        const first = await records.next()
        return reply.send(Readable.from(linesOf(first.done ? [] : [first.value], records, format)))
      }
      const page = await ctx.audit.list({ ...filter, limit, after })
      return reply.send({ ...page, items: page.items.map(toLine) })
    },
  })
}

async function* linesOf(head: readonly AuditRecord[], rest: AsyncIterable<AuditRecord>, format: 'csv' | 'ndjson') {
  const toText = format === 'csv' ? toCsv : toNdjson
  if (format === 'csv') yield csvHead
  for (const each of head) yield toText(each)
  for await (const each of rest) yield toText(each)
}

/** Rows hold what payloads hold; nobody is shown them by another name. */
function kindFor(scopes: readonly string[], { kind, subject }: Pick<z.output<typeof query>, 'kind' | 'subject'>) {
  const mayReadRows = scopes.includes('payload:read')
  if (kind === undefined) return subject !== undefined && mayReadRows ? 'all' : 'operators'
  if (kind !== 'operators' && !mayReadRows)
    throw inputError('SCOPE_MISSING', 'Row changes need a key with the scope payload:read', 403)
  return kind
}
