import type { Environment } from '../../src/config.ts'
import { type Simulator, simulatorCredentials } from '../simulator/index.ts'

/** What a demo takes over from outside; never the real Zoho, whatever `.env` says. */
const honoured = ['DATABASE_URL', 'DATABASE_URL_FILE', 'HOST', 'PORT', 'TDS_DATA_DIR', 'TDS_LOG_LEVEL'] as const

const budgets = {
  relaxed: { TDS_ZOHO_PER_MINUTE: '1000000', TDS_ZOHO_CONCURRENCY: '20', TDS_IMAGE_CONCURRENCY: '20' },
  real: { TDS_ZOHO_PER_MINUTE: '90', TDS_ZOHO_CONCURRENCY: '10', TDS_IMAGE_CONCURRENCY: '10' },
} as const

/** The settings of a TDS whose Zoho is the simulator. */
export function demoEnvironment(outside: Environment, simulator: Simulator, realLimits: boolean): Environment {
  return {
    TDS_LOG_LEVEL: 'warn',
    ...Object.fromEntries(honoured.flatMap((name) => (outside[name] ? [[name, outside[name]]] : []))),
    ...budgets[realLimits ? 'real' : 'relaxed'],
    ZOHO_API_URL: simulator.apiUrl,
    ZOHO_ACCOUNTS_URL: simulator.accountsUrl,
    ZOHO_CLIENT_ID: simulatorCredentials.clientId,
    ZOHO_CLIENT_SECRET: simulatorCredentials.clientSecret,
    ZOHO_REFRESH_TOKEN: simulatorCredentials.refreshToken,
    ZOHO_ORGANIZATION_ID: simulator.organizationId,
  }
}
