import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { errorCode, inputError } from '../errors.ts'
import { toProblem } from './problem-details.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where the pages of the codes are reached; undefined: below the host that was asked. */
    publicUrl: string | undefined
  }
}

/** Every answer that is not a success is a problem document, those of unknown routes included. */
export const problems = fp<{ readonly publicUrl?: string | undefined }>(
  async (app, { publicUrl }) => {
    app.decorate('publicUrl', publicUrl)
    app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply))
    app.setNotFoundHandler((request, reply) => {
      const path = request.url.split('?', 1)[0]
      return sendProblem(inputError('NOT_FOUND', `There is no ${request.method} ${path}`, 404), request, reply)
    })
  },
  { name: 'tds-problems', fastify: '5.x' },
)

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error, request.id, request.server.publicUrl)
  if (problem.status >= 500) {
    const stack = error instanceof Error ? error.stack : String(error)
    request.log.error({ code: errorCode(error), stack }, `answered ${problem.status} ${problem.code}`)
  }
  const announced = Number(reply.getHeader('retry-after'))
  const seconds = announced > 0 ? announced : problem.retryAfterSeconds
  if (seconds !== undefined) reply.header('retry-after', String(seconds))
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ ...problem, ...(seconds !== undefined && { retryAfterSeconds: seconds }) }))
}

const malformed = [400, 'MALFORMED_REQUEST', 'The request is not valid HTTP'] as const

const clientFaults: Readonly<Record<string, readonly [number, string, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'REQUEST_TIMEOUT', 'The request did not arrive in time'],
  HPE_HEADER_OVERFLOW: [431, 'HEADERS_TOO_LARGE', 'The headers are larger than allowed'],
}

/** A request that is no HTTP never reaches a handler; it too is answered in our words. */
export function answerClientError(
  error: Error & { readonly code?: string },
  socket: Socket,
  publicUrl?: string | undefined,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return
  const [status, code, words] = clientFaults[error.code ?? ''] ?? malformed
  const body = JSON.stringify(toProblem(inputError(code, words, status), 'none', publicUrl))
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

/** Of what a request can expect before it sends its body, only `100-continue` is known; the rest is refused in our words. */
export function answerExpectation(response: ServerResponse, publicUrl?: string | undefined): void {
  const fault = inputError('BAD_REQUEST', 'The only expectation that is known is 100-continue', 417)
  response.writeHead(417, { 'content-type': 'application/problem+json', connection: 'close' })
  response.end(JSON.stringify(toProblem(fault, 'none', publicUrl)))
}
