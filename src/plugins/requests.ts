import type { IncomingMessage } from 'node:http'
import fp from 'fastify-plugin'
import { v7 as uuidv7 } from 'uuid'
import { inputError } from '../errors.ts'

/** The caller's id where it is one that a log line can hold, else a new one. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[A-Za-z0-9._:-]{1,64}$/.test(given) ? given : uuidv7()
}

/** Answers with the request's id, and writes one line an answer: without the query, where keys may stand. */
export const requestLog = fp(
  async (app) => {
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id)
      // The server is told not to look, because its answer to this would be no problem document.
      if (request.raw.httpVersion !== '1.0' && request.headers.host === undefined)
        throw inputError('MALFORMED_REQUEST', 'The request names no host', 400)
    })
    app.addHook('onResponse', async (request, reply) => {
      const { method, url, ip, key } = request
      const path = url.split('?', 1)[0] ?? url
      const facts = { method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime), ip, key: key?.id }
      if (isQuiet(path)) request.log.debug(facts, 'answered')
      else request.log.info(facts, 'answered')
    })
  },
  { name: 'tds-request-log', fastify: '5.x' },
)

/** Asked every few seconds by machines, or many times a page: nobody reads those lines. */
const isQuiet = (path: string): boolean =>
  path.startsWith('/api/tds/health') ||
  path.startsWith('/static/') ||
  path.startsWith('/product-images/') ||
  path.startsWith('/docs/')
