import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { inputError } from '../src/errors.ts'
import { contractPage, markPublic } from '../src/plugins/index.ts'
import { problemIndexPage, problemPage, problemPagePolicy } from '../src/problems/index.ts'

/** The contract, as a page and as a file, and a page for each code an error can have. */
export const docsRoutes: FastifyPluginAsyncZod = async (app) => {
  await app.register(markPublic)
  await app.register(contractPage)

  app.get('/openapi.yaml', {
    schema: { hide: true },
    handler: async (_request, reply) => reply.type('application/yaml').send(app.swagger({ yaml: true })),
  })
  app.get('/docs/errors', {
    schema: { hide: true },
    handler: async (_request, reply) => reply.headers(pageHeaders).send(problemIndexPage()),
  })

  app.get('/docs/errors/:code', {
    schema: { hide: true, params: z.object({ code: z.string().max(100) }) },
    handler: async ({ params: { code } }, reply) => {
      const page = problemPage(code)
      if (page === undefined) throw inputError('NOT_FOUND', `No error has the code ${code}`, 404)
      return reply.headers(pageHeaders).send(page)
    },
  })
}

const pageHeaders = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': problemPagePolicy }
