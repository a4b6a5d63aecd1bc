export { createWebhookSetup, type Registration, type WebhookSetup } from './setup.ts'
export type { HookReport, HookState, WantedHook } from './types.ts'
export { manualSteps } from './words.ts'
