import { secrets } from '../../helpers/environment.ts'
import { ask } from './owner.ts'
import type { Stage } from './stage.ts'

/** Webhooks made by hand, for what the simulated Zoho's are too small or too few. */
export interface Hand {
  /** One that names a product, as large as wanted. @returns the status; the front has looked at the rest */
  send(bytes?: number): Promise<number>
  /** Another one of ours that must be in the inbox at the end. */
  expect(eventId: string): void
  readonly acknowledged: number
  /** @throws when one that was acknowledged is not in the inbox exactly once */
  allKept(): Promise<void>
}

export function createHand({ world, front, random, admin }: Stage): Hand {
  const ids: string[] = []
  return {
    async send(bytes = 0) {
      const [item = ''] = random.sample(world.simulator.control.records.ids('items'), 1)
      const body = JSON.stringify({ item: { item_id: item }, padding: random.next(), room: 'x'.repeat(bytes) })
      const reply = await fetch(`${front.url}/api/tds/webhooks/products`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-webhook-key': secrets.key },
        body,
        signal: AbortSignal.timeout(15_000),
      })
      const text = await reply.text()
      if (reply.status === 200) ids.push((JSON.parse(text) as { event_id: string }).event_id)
      return reply.status
    },
    expect: (eventId) => void ids.push(eventId),
    get acknowledged() {
      return ids.length
    },
    async allKept() {
      const [row] = await ask<{ kept: string; wanted: string }>(
        admin,
        `select (select count(*) from tds_inbox_events where event_id = any ($1::uuid[])) as kept,
           (select count(distinct id) from unnest($1::uuid[]) id) as wanted`,
        [ids],
      )
      if (row?.kept !== row?.wanted) throw new Error(`Of ${row?.wanted} acknowledged webhooks ${row?.kept} were kept`)
    },
  }
}
