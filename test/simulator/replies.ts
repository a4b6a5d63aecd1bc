import type { Fields } from './json.ts'
import type { LimitCode } from './limits.ts'

/** What is sent back; `fate` is how the connection ends when it does not end well. */
export type Reply = JsonReply | BytesReply
export interface JsonReply {
  readonly status: number
  readonly json: Fields
  readonly headers?: Record<string, string>
}
export interface BytesReply {
  readonly status: number
  readonly bytes: Buffer
  readonly contentType: string
  readonly headers?: Record<string, string>
  readonly fate?: 'reset' | 'cut'
}

export const isJson = (reply: Reply): reply is JsonReply => 'json' in reply

export const ok = (body: Fields): JsonReply => ({ status: 200, json: { code: 0, message: 'success', ...body } })

export const failure = (status: number, code: number, message: string): JsonReply => ({
  status,
  json: { code, message },
})

export const text = (status: number, contentType: string, body: string): BytesReply => ({
  status,
  contentType,
  bytes: Buffer.from(body),
})

export const errors = {
  unauthenticated: () =>
    failure(
      401,
      14,
      'The request could not be authenticated as the authentication value you entered is invalid. Enter a valid authentication value and try again.',
    ),
  unauthorized: () => failure(401, 57, 'You are not authorized to perform this operation'),
  missing: (label: string) => failure(404, 1002, `${label} does not exist.`),
  unknownUrl: () => failure(404, 5, 'Invalid URL Passed'),
  badMethod: () => failure(405, 5, 'The HTTP method is not allowed for the requested resource'),
  badValue: (parameter: string) => failure(400, 2, `Invalid value passed for ${parameter}`),
  noOrganization: () => failure(400, 9, 'Please specify the organization_id'),
  wrongOrganization: (id: string) =>
    failure(400, 6041, `This user is not associated with the CompanyID/CompanyName:${id}.`),
  internal: () => failure(500, 1000, 'Internal error'),
  limit: (code: LimitCode | 43, perDay: number) => failure(429, code, limitMessages[code](perDay)),
}

const blocked =
  'For security reasons your organization has been blocked as it have exceeded the maximum number of requests per minute that can originate from an organization.'
const limitMessages: Record<LimitCode | 43, (perDay: number) => string> = {
  43: () => blocked,
  44: () => blocked,
  45: (perDay) => `The API call for this organization has exceeded the maximum call rate limit of ${perDay}.`,
  1070: () => 'You have reached the maximum number of in process requests allowed. Kindly try again after some time.',
}
