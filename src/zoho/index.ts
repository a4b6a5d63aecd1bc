export { waitError } from './errors.ts'
export { exchangeGrant, type Grant, type GrantOptions, type VisibleOrganization } from './grant.ts'
export { scopeOf, scopesToCreate } from './scope-names.ts'
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
  ProbeReply,
  Product,
  ProductState,
  Reply,
  WaitReason,
  Zoho,
  ZohoState,
} from './types.ts'
export { createZoho, type ZohoOptions } from './zoho.ts'
