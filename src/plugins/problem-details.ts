import type { FastifyError } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isConnectionError } from '../../db/index.ts'
import { errorCode, TdsError } from '../errors.ts'
import { problemOf } from '../problems/index.ts'

/** RFC 9457. `code` is stable; monitors and scripts decide by it. */
export const problemShape = z
  .object({
    type: z.string().meta({ description: 'Address of the page of the code' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: 'The request, as the log names it' }),
    code: z.string(),
    hint: z.string().optional().meta({ description: 'What to do next' }),
    retryAfterSeconds: z.int().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' })
export type Problem = z.output<typeof problemShape>

interface Fault {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly retryAfterSeconds?: number
  readonly errors?: Problem['errors']
}

/**
 * What a caller may learn of an error: our own words for his faults, fixed words for ours; never SQL, never a stack.
 * `type` is the code's page, below the public URL where there is one; a code without a page is told by its status alone.
 */
export function toProblem(error: unknown, requestId: string, publicUrl = ''): Problem {
  const { code, status, ...fault } = faultOf(error)
  const known = problemOf(code)
  return {
    type: known ? `${publicUrl}/docs/errors/${code}` : 'about:blank',
    title: known?.title ?? titles[status] ?? 'Error',
    status,
    instance: `/requests/${requestId}`,
    code,
    ...fault,
    ...(known && { hint: known.remedy }),
  }
}

function faultOf(error: unknown): Fault {
  if (hasZodFastifySchemaValidationErrors(error)) return validationFault(error)
  if (error instanceof TdsError) return tdsFault(error)
  if (isConnectionError(error)) return databaseFaults.away
  const code = errorCode(error)
  if (code === '57014') return databaseFaults.slow
  const known = frameworkFaults[code]
  if (known) return known
  const status = statusOf(error)
  return status >= 400 && status < 500
    ? { status, code: 'BAD_REQUEST', detail: 'The request cannot be read' }
    : internal
}

function validationFault(error: Pick<FastifyError, 'validation' | 'validationContext'>): Fault {
  const errors = (error.validation ?? []).map(({ instancePath, message }) => ({
    pointer: `/${error.validationContext ?? 'request'}${instancePath === '/' ? '' : instancePath}`,
    detail: message ?? 'is not valid',
  }))
  const detail = errors.map((each) => `${each.pointer}: ${each.detail}`).join('; ')
  return { status: 400, code: 'VALIDATION', detail: detail || 'The request is not valid', errors }
}

function tdsFault(error: TdsError): Fault {
  const retryAfterSeconds = retryAfter(error)
  const again = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  if (error.kind === 'input') {
    const errors = pointersOf(error)
    return { status: error.status ?? 400, code: error.code, detail: error.message, ...again, ...(errors && { errors }) }
  }
  const status = error.status ?? (error.kind === 'permanent' ? 500 : 503)
  const detail = status === 503 ? 'This cannot be done at the moment' : internal.detail
  return { status, code: error.code, detail, ...(status === 503 && { retryAfterSeconds: retryAfterSeconds ?? 30 }) }
}

const pointers = z.array(z.object({ pointer: z.string(), detail: z.string() }))

/** Rooms that judge more than a schema can say name the member as well. */
const pointersOf = ({ detail }: TdsError): Problem['errors'] => pointers.safeParse(detail.errors).data

function retryAfter({ retryAt, detail }: TdsError): number | undefined {
  if (typeof detail.retryAfterSeconds === 'number') return Math.ceil(detail.retryAfterSeconds)
  return retryAt ? Math.max(1, Math.ceil((retryAt.getTime() - Date.now()) / 1000)) : undefined
}

const statusOf = (error: unknown): number =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500

const internal: Fault = { status: 500, code: 'INTERNAL', detail: 'Something went wrong here; the log knows more' }

const databaseFaults = {
  away: { status: 503, code: 'DATABASE_AWAY', detail: 'The database does not answer', retryAfterSeconds: 5 },
  slow: { status: 503, code: 'DATABASE_SLOW', detail: 'The database took too long', retryAfterSeconds: 5 },
} satisfies Record<string, Fault>

const malformed: Fault = { status: 400, code: 'MALFORMED_BODY', detail: 'The body is not valid JSON' }

/** What the framework refuses by itself, under names of ours that outlive it. */
const frameworkFaults: Readonly<Record<string, Fault>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: malformed,
  FST_ERR_CTP_EMPTY_JSON_BODY: { ...malformed, detail: 'The body is empty but declared as JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { ...malformed, detail: 'The body is not as long as declared' },
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, code: 'BODY_TOO_LARGE', detail: 'The body is larger than allowed' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    detail: 'This route does not take bodies of this media type',
  },
  FST_ERR_BAD_URL: { status: 400, code: 'MALFORMED_URL', detail: 'The URL cannot be decoded' },
  FST_ERR_HANDLER_TIMEOUT: {
    status: 503,
    code: 'TIMEOUT',
    detail: 'The answer took too long',
    retryAfterSeconds: 5,
  },
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  408: 'Request timeout',
  409: 'Conflict',
  413: 'Body too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  503: 'Unavailable',
}
