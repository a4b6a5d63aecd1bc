import type { ServerResponse } from 'node:http'
import { isJson, type Reply } from '../replies.ts'

// As recorded from Books; the length is never announced, because Zoho sends in chunks.
const commonHeaders = {
  server: 'ZGS',
  'cache-control': 'no-store, no-cache, must-revalidate, max-age=0, post-check=0, pre-check=0',
  allow: 'OPTIONS, DELETE, POST, GET, PUT',
  vary: 'accept-encoding',
}

/** Sends a reply, or breaks the connection as the reply says. */
export function writeReply(response: ServerResponse, reply: Reply): void {
  if (isJson(reply)) {
    const body = JSON.stringify(reply.json)
    response.writeHead(reply.status, {
      ...commonHeaders,
      'content-type': 'application/json;charset=UTF-8',
      'content-disposition': 'attachment;',
      'transfer-encoding': 'chunked',
      ...reply.headers,
    })
    response.end(body)
    return
  }
  if (reply.fate === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  const { bytes, contentType } = reply
  const length = { 'content-length': String(bytes.length) }
  response.writeHead(reply.status, {
    ...commonHeaders,
    'content-type': contentType,
    ...length,
    ...reply.headers,
  })
  if (reply.fate === 'cut') response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy())
  else response.end(bytes)
}
