export { type Alerts, type AlertsDeps, createAlerts } from './alerts.ts'
export type { Alert, AlertDesk, AlertFilter, Delivery } from './desk.ts'
export type { Observation, Sight } from './sight.ts'
export type { ChannelTest } from './test-channels.ts'
