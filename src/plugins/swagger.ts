import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { completeOperations } from './operations.ts'
import { problemShape } from './problem-details.ts'

type Transform = typeof jsonSchemaTransform

/** Collects the routes registered after it; their zod schemas are the contract. */
export async function collectContract(app: FastifyInstance, { version }: { readonly version: string }): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'TDS',
        version,
        description: 'Keeps a PostgreSQL database equal to one Zoho Books and Inventory organisation.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      components: {
        securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'A key that begins with tds_' } },
      },
    },
    transform: describe,
    transformObject: (document) => tidy(jsonSchemaTransformObject(document)),
  })
}

/** Adds what holds for all routes: the key a scope needs, and how they fail. */
const describe: Transform = (document) => {
  const { schema, route } = document
  if (!schema || schema.hide) return jsonSchemaTransform({ ...document, schema: { hide: true } })
  const { scope } = route.config ?? {}
  const problem = {
    description: scope ? `A problem. Needs a key with the scope ${scope}.` : 'A problem',
    content: { 'application/problem+json': { schema: problemShape } },
  }
  const responses = typeof schema.response === 'object' ? schema.response : plainSuccess
  return jsonSchemaTransform({
    ...document,
    schema: {
      ...schema,
      ...(scope && { security: [{ key: [scope] }] }),
      response: { ...responses, default: problem },
    },
  })
}

const plainSuccess = { 200: { description: 'Success', content: { '*/*': { schema: z.unknown() } } } }

/** Without what says nothing: the bounds every integer has, and the second form of the problem that nobody sends. */
function tidy<T extends object>(document: T): T {
  const bounds = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
  const says = (key: string, value: unknown) =>
    key !== 'ProblemInput' && !(/^(minimum|maximum)$/.test(key) && bounds.includes(Number(value)))
  const tidied = JSON.parse(JSON.stringify(document), (key, value: unknown) => (says(key, value) ? value : undefined))
  completeOperations(tidied)
  return tidied
}

const self = ["'self'"]

/** The contract to read and try, under /docs. Its policy allows the page's own script and the styles it writes. */
export async function contractPage(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { deepLinking: true, persistAuthorization: false, validatorUrl: null },
    staticCSP: {
      'default-src': ["'none'"],
      'script-src': self,
      'style-src': [...self, "'unsafe-inline'"],
      'img-src': [...self, 'data:'],
      'connect-src': self,
      'font-src': [...self, 'data:'],
      'frame-ancestors': ["'none'"],
    },
  })
}
