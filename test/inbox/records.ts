import { toEventRecord } from '../../src/inbox/event-record.ts'
import type { EventRecord, IncomingWebhook } from '../../src/inbox/types.ts'

export function incoming(over: Partial<IncomingWebhook> = {}): IncomingWebhook {
  return {
    module: 'products',
    method: 'POST',
    body: Buffer.from('{"item":{"item_id":"4600001"}}'),
    contentType: 'application/json',
    headers: { 'content-type': 'application/json' },
    query: [],
    sourceAddress: '127.0.0.1',
    authMethod: 'key-header',
    requestId: 'req-1',
    ...over,
  }
}

export function record(over: Partial<EventRecord> = {}): EventRecord {
  return { ...toEventRecord(incoming(), Date.now()), ...over }
}
