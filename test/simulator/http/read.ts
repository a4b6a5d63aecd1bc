import type { IncomingMessage } from 'node:http'

/** The whole body of a request as text; at most 20 MB. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    length += part.length
    if (length > 20_000_000) throw new RangeError('the body is larger than 20 MB')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
