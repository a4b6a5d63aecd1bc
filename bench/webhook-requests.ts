import { createHmac } from 'node:crypto'
import { itemDocument } from './item.ts'
import { webhookSecret } from './service.ts'

const path = '/api/tds/webhooks/products'

/** Whole HTTP requests as Zoho sends them: about 2 KB of JSON each, all different, signed. */
export function signedWebhooks(first: number, count: number, itemIds?: readonly string[]): Buffer[] {
  return Array.from({ length: count }, (_, at) => {
    const item = itemDocument(first + at)
    const id = itemIds?.[at % itemIds.length] ?? item.item_id
    return signedWebhook(JSON.stringify({ item: { ...item, item_id: id } }))
  })
}

export function signedWebhook(body: string): Buffer {
  const signature = createHmac('sha256', webhookSecret).update(body).digest('hex')
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'user-agent: ZohoInventory',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-zoho-webhook-signature: ${signature}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
