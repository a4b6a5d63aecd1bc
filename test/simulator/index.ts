export type { ImageAccess } from './api.ts'
export type { Call, CallsReport } from './calls.ts'
export type { Clock } from './clock.ts'
export type { Control } from './control/control.ts'
export { type FaultKind, type FaultSettings, faultKinds } from './faults.ts'
export { type ExpectedImages, expectedImages } from './images/expected.ts'
export { type Picture, type PictureKind, pictureKinds } from './images/picture.ts'
export { amount, type Fields, type Json, type RawNumber } from './json.ts'
export { type LimitSettings, realLimits, relaxedLimits } from './limits.ts'
export {
  type Credentials,
  type SimulatorOptions,
  simulatorCredentials,
  simulatorOrganizationId,
} from './options.ts'
export type { PlaceStock, StoredRecord } from './resource.ts'
export { createSimulator, type Simulator } from './simulator.ts'
export type { WebhookMode } from './webhooks/mode.ts'
export type { Delivery } from './webhooks/send.ts'
export { type Signed, sign, stringToSign } from './webhooks/signature.ts'
