import { sql } from '../../../db/index.ts'
import { readOnly } from '../read-only.ts'
import { type Check, type DoctorDeps, type Finding, ok, skipped, warning } from '../types.ts'

interface Seen {
  readonly method: string
  readonly count: number
}

/** By which method the last webhooks were admitted, why others were refused, and what would have matched those. */
export const signatures: Check = {
  name: 'webhook-signatures',
  needs: 'database',
  anchor: 'webhook-signatures',
  async look(deps) {
    const admitted = await readOnly(deps.db, (tx) => methods.execute(tx))
    const refused = await readOnly(deps.db, (tx) => counted('webhook_refused').execute(tx))
    const observed = await readOnly(deps.db, (tx) => counted('webhook_observed').execute(tx))
    return [...admittedBy(admitted.rows), ...refusedFor(refused.rows, observed.rows, deps)]
  },
}

const methods = sql<Seen>`
  select p.auth_method as method, count(*)::int as count
  from (select event_id from tds_inbox_events order by event_id desc limit 1000) e join tds_inbox_payloads p using (event_id)
  group by p.auth_method order by 2 desc`

const counted = (name: string) => sql<Seen>`
  select label as method, sum(value)::int as count from tds_metrics
  where resolution = 'minute' and name = ${name} and bucket > clock_timestamp() - interval '1 day'
  group by label order by 2 desc`

function admittedBy(rows: readonly Seen[]): Finding[] {
  if (rows.length === 0) return [skipped('no webhook has been admitted yet')]
  const words = `of the last webhooks: ${rows.map(({ method, count }) => `${count} by ${method}`).join(', ')}`
  const byQuery = rows.some(({ method }) => method === 'key-query')
  if (byQuery)
    return [
      warning(
        `${words}; a key in the URL is written into logs on its way`,
        'sign them (TDS_WEBHOOK_SECRET), or send the key in X-Webhook-Key',
      ),
    ]
  return [ok(words)]
}

function refusedFor(rows: readonly Seen[], observed: readonly Seen[], { config }: DoctorDeps): Finding[] {
  const total = rows.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return []
  const why = rows.map(({ method, count }) => `${count} ${method.replaceAll('_', ' ')}`).join(', ')
  const matched = observed.map(({ method, count }) => `${method} (${count} samples)`).join('; ')
  const fix = config.webhook.observe
    ? 'bring the secret at Zoho and TDS_WEBHOOK_SECRET together; the runbook says what each observation means'
    : 'set TDS_WEBHOOK_OBSERVE=true for an hour: it admits nothing and tells what would have matched'
  return [warning(`${total} refused within a day: ${why}${matched ? `; observed: ${matched}` : ''}`, fix)]
}
