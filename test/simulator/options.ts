import type { LimitSettings } from './limits.ts'

export interface Credentials {
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
}

/** What the token endpoint accepts when the options name nothing else. */
export const simulatorCredentials: Credentials = {
  clientId: '1000.SIMULATORCLIENT0000000000000001',
  clientSecret: 'simulator-client-secret-000000000001',
  refreshToken: '1000.simulatorrefresh0000000000000001.simulatorrefresh0000000000000002',
}

export const simulatorOrganizationId = '700012345'

export interface SimulatorOptions {
  /** The same seed gives the same organisation. Default 1. */
  readonly seed?: number
  /** The instant the seeded history counts back from. Default 2025-10-01T00:00:00Z, so that it is past everywhere. */
  readonly anchor?: string
  /** Number of items; every other number of the organisation shrinks or grows with it. Default 2,221. */
  readonly items?: number
  /** Default 0: any free port of 127.0.0.1. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  readonly credentials?: Credentials
  readonly organizationId?: string
  /** Default Asia/Baghdad. */
  readonly timeZone?: string
  /** `real` (default): Zoho's. `relaxed`: none that a test would meet. Or single numbers over the real ones. */
  readonly limits?: 'real' | 'relaxed' | Partial<LimitSettings>
  /** Whether the organisation has the Locations feature (default) or the older warehouses. */
  readonly places?: Places
  /** api_names of the custom fields that hold Arabic texts. Default cf_name_ar and cf_description_ar. */
  readonly customFields?: Partial<CustomFieldNames>
  /** The machine's time, for the clock. Default Date.now. */
  readonly now?: () => number
}

export type Places = 'locations' | 'warehouses'

export interface CustomFieldNames {
  readonly nameAr: string
  readonly descriptionAr: string
}

/** What an organisation is made from. */
export interface Settings {
  readonly seed: number
  readonly anchorMs: number
  readonly items: number
  readonly organizationId: string
  readonly timeZone: string
  readonly places: Places
  readonly customFields: CustomFieldNames
}

export function settingsFrom(options: SimulatorOptions): Settings {
  return {
    seed: options.seed ?? 1,
    anchorMs: Date.parse(options.anchor ?? '2025-10-01T00:00:00Z'),
    items: options.items ?? 2221,
    organizationId: options.organizationId ?? simulatorOrganizationId,
    timeZone: options.timeZone ?? 'Asia/Baghdad',
    places: options.places ?? 'locations',
    customFields: { nameAr: 'cf_name_ar', descriptionAr: 'cf_description_ar', ...options.customFields },
  }
}
