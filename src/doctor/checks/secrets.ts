import { loadConfig } from '../../config.ts'
import { errorMessage } from '../../errors.ts'
import { type Check, type DoctorDeps, type Finding, ok, problem, warning } from '../types.ts'

/** Whether the secrets are ones; their names are told, never their values. */
export const secrets: Check = {
  name: 'secrets',
  needs: 'nothing',
  anchor: 'doctor',
  async look(deps) {
    const found = [...weak(deps), ...shared(deps), ...webhookSecrets(deps), ...plainToken(deps)]
    return found.length > 0 ? found : [ok('long enough, different from each other, none a known placeholder')]
  },
}

/** What production would refuse. In production it has been refused already. */
function weak({ env, config }: DoctorDeps): Finding[] {
  if (config.production) return []
  try {
    loadConfig({ ...env, NODE_ENV: 'production' })
    return []
  } catch (error) {
    const lines = errorMessage(error).split('\n')
    return lines
      .filter((line) => line.startsWith('- ') && !line.includes('required'))
      .map((line) => warning(`production would refuse ${line.slice(2)}`, 'make a real one: openssl rand -hex 24'))
  }
}

function shared({ config }: DoctorDeps): Finding[] {
  const values = [...config.webhook.secrets, config.webhook.key, config.admin.key, config.zoho.encryptionKey]
  const known = values.filter((value) => value !== undefined)
  if (new Set(known).size === known.length) return []
  return [
    problem(
      'one secret is used for two purposes',
      'give webhook secret, webhook key, admin key and encryption key values of their own',
    ),
  ]
}

function webhookSecrets({ config }: DoctorDeps): Finding[] {
  if (config.webhook.secrets.length === 0 && config.webhook.key === undefined)
    return [
      problem(
        'no webhook is admitted: neither TDS_WEBHOOK_SECRET nor TDS_WEBHOOK_KEY is set',
        'set TDS_WEBHOOK_SECRET',
      ),
    ]
  if (config.webhook.secrets.every((secret) => /^[A-Za-z0-9]{12,50}$/.test(secret))) return []
  return [
    warning(
      'TDS_WEBHOOK_SECRET is not what Zoho takes: 12 to 50 letters and digits',
      'replace it on both sides; TDS admits two, comma separated, meanwhile',
    ),
  ]
}

function plainToken({ config }: DoctorDeps): Finding[] {
  if (config.zoho.encryptionKey !== undefined) return []
  return [
    warning(
      "TDS_ENCRYPTION_KEY is not set: Zoho's access token lies in the database as it is",
      'set it to 32 characters or more and restart',
    ),
  ]
}
