import { type Simulator, simulatorCredentials } from '../simulator/index.ts'

/** A new access token of this Zoho. */
export async function tokenOf({ accountsUrl }: Simulator): Promise<string> {
  const { clientId, clientSecret, refreshToken } = simulatorCredentials
  const reply = await fetch(`${accountsUrl}/oauth/v2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
    }),
  })
  const { access_token: token } = (await reply.json()) as { access_token: string }
  return token
}
