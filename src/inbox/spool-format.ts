import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { EventRecord } from './types.ts'

/**
 * One line a record: the sha256 of what follows, a space, the record as JSON with its bytes in Base64. A damaged line
 * is known by its checksum and does not spoil the next; a person can read the file and put it back.
 */
export function encodeRecords(records: readonly EventRecord[]): Buffer {
  return Buffer.from(records.map((record) => encodeLine(record)).join(''), 'utf8')
}

export interface Decoded {
  readonly records: readonly EventRecord[]
  /** Numbers of the lines that are not what was written, from 1. */
  readonly corruptLines: readonly number[]
}

export function decodeRecords(file: Buffer): Decoded {
  const lines = file.toString('utf8').split('\n')
  // A whole file ends with a line break, so the last piece is empty; anything else there is a torn record.
  if (lines.at(-1) === '') lines.pop()
  const decoded = lines.map((line) => decodeLine(line))
  return {
    records: decoded.filter((record) => record !== undefined),
    corruptLines: decoded.flatMap((record, index) => (record === undefined ? [index + 1] : [])),
  }
}

function encodeLine(record: EventRecord): string {
  const text = JSON.stringify({ ...record, body: record.body.toString('base64') })
  return `${checksum(text)} ${text}\n`
}

function decodeLine(line: string): EventRecord | undefined {
  const text = line.slice(65)
  if (line.slice(0, 64) !== checksum(text)) return undefined
  const parsed = recordSchema.safeParse(JSON.parse(text))
  return parsed.success ? parsed.data : undefined
}

const checksum = (text: string): string => createHash('sha256').update(text).digest('hex')

const recordSchema = z.object({
  eventId: z.uuid(),
  receivedAt: z.iso.datetime(),
  module: z.string(),
  event: z.string().nullable(),
  method: z.enum(['POST', 'PUT', 'DELETE']),
  idempotencyKey: z.string(),
  repeatable: z.boolean(),
  body: z.base64().transform((text) => Buffer.from(text, 'base64')),
  sha256: z.string(),
  contentType: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  query: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  sourceAddress: z.string(),
  authMethod: z.string(),
  requestId: z.string(),
}) satisfies z.ZodType<EventRecord>
