import type { Sight, WebhookFacts } from '../../src/alerts/sight.ts'
import { defaultThresholds } from '../../src/monitor/index.ts'

export const noon = Date.parse('2026-03-04T12:30:00Z')
export const ago = (seconds: number): Date => new Date(noon - seconds * 1000)

type Part = Partial<Omit<Sight, 'depth'>> & { readonly depth?: Partial<Sight['depth']> }

/** A system with nothing to complain of, and what of it is different. */
export function sight({ depth = {}, ...part }: Part = {}): Sight {
  return {
    at: noon,
    depth: { dead_letter: 0, due: 0, oldest_due_seconds: null, ...depth },
    day: new Map(),
    runs: new Map([['products', { settledAt: ago(300) }]]),
    plannedEvery: new Map([['products', 600]]),
    vitals: { failed_live: 0 },
    silence: { isSilent: false, isBusyHour: true, usual: 10, seconds: 60 },
    zoho: {
      token: { pausedAt: null, errorCode: null },
      products: {
        books: { dayLimit: 1000, dayUsed: 10, dayRemaining: null },
        inventory: { dayLimit: 1000, dayUsed: 500, dayRemaining: 500 },
      },
    },
    thresholds: defaultThresholds,
    ...part,
  }
}

export function facts(part: Partial<WebhookFacts> = {}): WebhookFacts {
  return { missed: new Map(), unsupported: new Map(), ...part }
}
