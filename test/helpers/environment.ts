import { type Simulator, simulatorCredentials } from '../simulator/index.ts'

export const secrets = {
  webhook: 'webhooksecret123',
  key: 'static-webhook-key-of-the-tests-0123456789',
  admin: 'tds_test_0123456789abcdefghijklmnopqrstuv',
}

/** The environment of a TDS that talks to the simulator; the scheduler stays off, so that tests decide what runs. */
export function environmentFor(
  simulator: Simulator,
  dataDir: string,
  more: Record<string, string> = {},
): Record<string, string> {
  return {
    NODE_ENV: 'test',
    TDS_LOG_LEVEL: 'silent',
    TDS_DATA_DIR: dataDir,
    TDS_SCHEDULER: 'false',
    TDS_ADMIN_KEY: secrets.admin,
    TDS_WEBHOOK_SECRET: secrets.webhook,
    TDS_WEBHOOK_KEY: secrets.key,
    TDS_ZOHO_PER_MINUTE: '1000000',
    ZOHO_API_URL: simulator.apiUrl,
    ZOHO_ACCOUNTS_URL: simulator.accountsUrl,
    ZOHO_ORGANIZATION_ID: simulator.organizationId,
    ZOHO_CLIENT_ID: simulatorCredentials.clientId,
    ZOHO_CLIENT_SECRET: simulatorCredentials.clientSecret,
    ZOHO_REFRESH_TOKEN: simulatorCredentials.refreshToken,
    ...more,
  }
}
