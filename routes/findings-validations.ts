import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Findings } from '../src/sync/index.ts'
import {
  validationDone,
  validationExample,
  validationRunning,
  validationShape,
  validationStateShape,
} from './findings-shapes.ts'
import { jsonTimes } from './json-times.ts'

export interface ValidationsContext {
  readonly findings: Pick<Findings, 'look' | 'validation'>
}

const code = z.string().min(1).max(100)
const id = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER)

/** How long a request waits for the end; a mirror of usual size is looked through by then. */
const patienceMs = 5_000

/** Asking the rules: in the background, for rows and pictures may be many. */
export const validationRoutes: FastifyPluginAsyncZod<{ ctx: ValidationsContext }> = async (
  app,
  { ctx: { findings } },
) => {
  app.post('/api/tds/findings/validate', {
    config: { scope: 'run:start' },
    schema: {
      tags: ['findings'],
      summary: 'Asks the rules now, of our own rows and without a call to Zoho',
      description:
        'Answers 200 with what came of it where that takes less than 5 s. Otherwise 202: it goes on in the background, and ' +
        '`GET /api/tds/findings/validations/{id}`, which `Location` names, says how it stands. One goes on at a time; who ' +
        'asks meanwhile gets that one, whichever rules it asks.',
      body: z
        .strictObject({ rules: z.array(code).min(1).max(50).optional().meta({ description: 'All without' }) })
        .meta({ example: { rules: ['negative_stock'] } })
        .nullish(),
      response: {
        200: validationShape.meta({ example: validationExample }),
        202: validationStateShape.meta({ example: validationRunning, description: 'It goes on' }),
      },
    },
    handler: async ({ body, key }, reply) => {
      const actor = `key ${key?.id ?? 'unknown'}`
      const { id, validation } = await findings.look({ rules: body?.rules, actor }, patienceMs)
      if (validation) return jsonTimes(validation)
      const state = jsonTimes(await findings.validation(id))
      return reply.code(202).header('location', `/api/tds/findings/validations/${id}`).send(state)
    },
  })

  app.get('/api/tds/findings/validations/:id', {
    config: { scope: 'health:read' },
    schema: {
      tags: ['findings'],
      summary: 'How a validation stands, and what came of it',
      params: z.object({ id: id.meta({ example: 7 }) }),
      response: { 200: validationStateShape.meta({ example: validationDone }) },
    },
    handler: async ({ params }) => jsonTimes(await findings.validation(params.id)),
  })
}
