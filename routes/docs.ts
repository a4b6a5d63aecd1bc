import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { contractPage } from '../src/plugins/index.ts'

/** The contract, as a page and as a file. */
export const docsRoutes: FastifyPluginAsyncZod = async (app) => {
  await app.register(contractPage)

  app.get('/openapi.yaml', {
    schema: { hide: true },
    handler: async (_request, reply) => reply.type('application/yaml').send(app.swagger({ yaml: true })),
  })
}
