import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { EventRecord } from './types.ts'

/**
 * First a line that says how many records follow, so that a file that lost its end is known even where a line ends; then
 * one line a record: the sha256 of what follows, a space, the record as JSON with its bytes in Base64. A damaged line
 * is known by its checksum and does not spoil the next; a person can read the file and put it back.
 */
export function encodeRecords(records: readonly EventRecord[]): Buffer {
  const lines = [{ records: records.length }, ...records.map(toPlain)].map((each) => encodeLine(each))
  return Buffer.from(lines.join(''), 'utf8')
}

export interface Decoded {
  readonly records: readonly EventRecord[]
  /** Numbers of the lines that are not what was written, from 1; the one after the last where the end is missing. */
  readonly corruptLines: readonly number[]
}

export function decodeRecords(file: Buffer): Decoded {
  const lines = file.toString('utf8').split('\n')
  // A whole file ends with a line break, so the last piece is empty; anything else there is a torn record.
  if (lines.at(-1) === '') lines.pop()
  const decoded = lines.map((line) => decodeLine(line))
  const records = decoded.flatMap((line) => (line && 'eventId' in line ? [line] : []))
  const corruptLines = decoded.flatMap((line, index) => (line === undefined ? [index + 1] : []))
  // Without the line that counts, as older versions wrote it, what is there is all that is known of; nothing is no file.
  const [wanted = Math.max(1, records.length)] = decoded.flatMap((line) =>
    line && 'records' in line ? [line.records] : [],
  )
  const isShort = corruptLines.length === 0 && records.length < wanted
  return { records, corruptLines: isShort ? [lines.length + 1] : corruptLines }
}

const toPlain = (record: EventRecord): object => ({ ...record, body: record.body.toString('base64') })

function encodeLine(content: object): string {
  const text = JSON.stringify(content)
  return `${checksum(text)} ${text}\n`
}

function decodeLine(line: string): EventRecord | { readonly records: number } | undefined {
  const text = line.slice(65)
  if (line.slice(0, 64) !== checksum(text)) return undefined
  const parsed = lineSchema.safeParse(jsonOf(text))
  return parsed.success ? parsed.data : undefined
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
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

const lineSchema = z.union([z.strictObject({ records: z.int().nonnegative() }), recordSchema])
