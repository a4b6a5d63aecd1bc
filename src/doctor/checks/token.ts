import { type Check, ok, problem, warning } from '../types.ts'
import { span } from '../words.ts'

const causes: Readonly<Record<string, string>> = {
  invalid_code:
    'the refresh token was revoked, or is of another client or data centre: npm run tds -- zoho auth makes a new one',
  invalid_client: 'ZOHO_CLIENT_ID or ZOHO_DATA_CENTER is wrong',
  invalid_client_secret: 'ZOHO_CLIENT_SECRET is wrong',
}

/** The access token as it is stored. None is asked for: Zoho gives few. */
export const token: Check = {
  name: 'token',
  needs: 'database',
  anchor: 'zoho-token',
  async look({ zoho, clock }) {
    const { configured, token: state } = await zoho.state()
    if (!configured)
      return [
        problem(
          'ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, ZOHO_REFRESH_TOKEN or ZOHO_ORGANIZATION_ID is not set',
          'npm run tds -- zoho auth walks through it',
        ),
      ]
    const { pausedAt, errorCode, expiresAt, present } = state
    if (pausedAt) {
      const since = span((clock.now() - pausedAt.getTime()) / 1000)
      return [
        problem(
          `Zoho refuses the credentials since ${since}: ${errorCode}`,
          causes[errorCode ?? ''] ?? 'see the runbook',
        ),
      ]
    }
    const lifeSeconds = expiresAt ? (expiresAt.getTime() - clock.now()) / 1000 : 0
    if (present && lifeSeconds > 0) return [ok(`lives for another ${span(lifeSeconds)}; the refresh token renews it`)]
    const last = errorCode ? `; the last request ended with ${errorCode}` : ''
    return [
      warning(
        `there is no living access token${last}`,
        'start the service, or npm run tds -- zoho whoami asks for one',
      ),
    ]
  },
}
