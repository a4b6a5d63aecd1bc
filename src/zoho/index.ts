export { waitError } from './errors.ts'
export type { Timing } from './timing.ts'
export type {
  BytesReply,
  CallOptions,
  CallOutcome,
  Currency,
  Denial,
  ListEndpoint,
  Organization,
  Page,
  PagesOptions,
  Permit,
  PermitAnswer,
  PermitRequest,
  Product,
  ProductState,
  Reply,
  WaitReason,
  Zoho,
  ZohoState,
} from './types.ts'
export { createZoho, type ZohoOptions } from './zoho.ts'
