import { z } from 'zod'
import { templates } from './payload.ts'

/** How webhooks leave the organisation. */
export const webhookMode = z.strictObject({
  /** Base URL; calls go to `{target}/{module}?event=…`. Without one, nothing is sent or kept. */
  target: z.string().optional(),
  /** Signs with this token; without, there is no signature. */
  secret: z.string().optional(),
  encoding: z.enum(['hex', 'base64']).default('hex'),
  /** A fixed key, sent as `X-Webhook-Key` or as `?key=`. */
  staticKey: z.string().optional(),
  staticKeyIn: z.enum(['header', 'query']).default('header'),
  template: z.enum(templates).default('default'),
  /** Whether the URL says `event=`. */
  sayEvent: z.boolean().default(true),
  method: z.enum(['POST', 'PUT', 'DELETE']).default('POST'),
  /** Module names in the URL, by resource, where they differ from the default. */
  modules: z.record(z.string(), z.string()).default({}),
  /** `manual`: changes wait for `deliver`. `automatic`: each goes out by itself. */
  delivery: z.enum(['manual', 'automatic']).default('manual'),
  dropPercent: z.number().min(0).max(100).default(0),
  duplicatePercent: z.number().min(0).max(100).default(0),
  /** Sends in random order. */
  reorder: z.boolean().default(false),
  /** Automatic: waits so long first. */
  delayMs: z.number().nonnegative().default(0),
  /** Further attempts after a reply that is not 2xx. */
  retries: z.int().min(0).max(20).default(5),
  retryDelayMs: z.number().nonnegative().default(50),
})
export type WebhookMode = z.infer<typeof webhookMode>
export type WebhookModeInput = z.input<typeof webhookMode>
