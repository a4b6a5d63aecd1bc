export interface ApiHosts {
  readonly apiUrl: string
  /** Hosts a token reply may name in its place. */
  readonly apiDomains: readonly string[]
}

/** The host calls go to: the one the token reply names, if it is one of Zoho's. The token goes nowhere else, whatever a reply says. */
export function apiHostOf(named: string | null, { apiUrl, apiDomains }: ApiHosts): string {
  if (named === null || !URL.canParse(named)) return apiUrl
  const { origin } = new URL(named)
  return apiDomains.includes(origin) ? origin : apiUrl
}
