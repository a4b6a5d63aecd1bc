import { createHmac } from 'node:crypto'
import type { Clock } from '../../runtime/index.ts'
import type { Channel } from './channel.ts'
import { post } from './post.ts'

export interface WebhookOptions {
  readonly url: string
  readonly secret: string
  readonly clock: Clock
}

/**
 * The notice as JSON. `X-TDS-Signature: sha256=<hex>` is HMAC-SHA256 over `<X-TDS-Timestamp>.<body>`; the receiver
 * refuses old timestamps, and knows a repetition by `X-TDS-Delivery`.
 */
export function createWebhook({ url, secret, clock }: WebhookOptions): Channel {
  return {
    name: 'webhook',
    send(notice, { signal, deliveryId }) {
      const body = JSON.stringify(notice)
      const timestamp = String(Math.floor(clock.now() / 1000))
      const headers = {
        'content-type': 'application/json',
        'x-tds-delivery': deliveryId,
        'x-tds-timestamp': timestamp,
        'x-tds-signature': `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
      }
      return post(url, { signal, body, headers })
    },
  }
}
