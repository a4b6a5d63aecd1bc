import { errorMessage } from '../../errors.ts'
import { type Check, type Finding, ok, problem, warning } from '../types.ts'

const path = '/api/tds/webhooks/test'

/** Whether webhooks that are sent to the public URL arrive at a TDS. The test route stores nothing. */
export const reachable: Check = {
  name: 'public-url',
  needs: 'http',
  anchor: 'public-url',
  async look({ config, signal }) {
    if (config.publicUrl === undefined)
      return [
        warning(
          'TDS_PUBLIC_URL is not set: nobody knows where Zoho is to send webhooks',
          'set it to the https URL that leads here',
        ),
      ]
    const url = new URL(config.publicUrl)
    return [...schemeOf(url, config.production), await knock(`${config.publicUrl}${path}`, signal)]
  },
}

function schemeOf({ protocol, hostname, origin }: URL, production: boolean): Finding[] {
  const isHere = /^(localhost|127\.|\[::1\])/.test(hostname)
  if (isHere)
    return [
      warning(
        `${origin} is this machine only: Zoho cannot reach it`,
        'set TDS_PUBLIC_URL to a name that the internet knows',
      ),
    ]
  if (protocol === 'https:') return []
  const finding = production ? problem : warning
  return [
    finding(
      `${origin} is not https: secrets and documents travel in the open`,
      'put a proxy with a certificate before TDS',
    ),
  ]
}

async function knock(url: string, signal: AbortSignal): Promise<Finding> {
  const fix = 'try it from outside with curl -X POST; look at DNS, firewall, proxy, and whether the service runs'
  try {
    // Zoho takes a redirect for a failure, and waits ten seconds.
    const request = {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    } as const
    const reply = await fetch(url, request)
    const text = (await reply.text()).slice(0, 2000)
    if (reply.status !== 200) return problem(`POST ${url} answers ${reply.status}, which Zoho takes for a failure`, fix)
    if (!text.includes('Webhooks reach TDS'))
      return problem(`POST ${url} answers 200, but not as TDS does`, 'let the proxy pass /api/tds/webhooks/ on to TDS')
    return ok(`POST ${url} reaches TDS`)
  } catch (error) {
    return problem(`POST ${url} fails: ${errorMessage(error)}`, fix)
  }
}
