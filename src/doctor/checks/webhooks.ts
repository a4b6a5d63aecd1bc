import { sql } from '../../../db/index.ts'
import { readOnly } from '../read-only.ts'
import { type Check, ok, warning } from '../types.ts'
import { some, span } from '../words.ts'

/** When a webhook of each module came last, for the modules that Zoho's workflow rules know. */
export const webhooks: Check = {
  name: 'webhooks',
  needs: 'database',
  anchor: 'webhooks-silent',
  async look({ db, entities }) {
    const { rows } = await readOnly(db, (tx) =>
      sql<{ module: string; seconds: number }>`
        select module, extract(epoch from clock_timestamp() - max(at))::float8 as seconds from (
          select label as module, max(bucket) as at from tds_metrics where name = 'webhook_received' group by label
          union all
          (select module, received_at from tds_inbox_events order by event_id desc limit 1000)) as seen
        group by module`.execute(tx),
    )
    const last = new Map<string, number>()
    for (const { module, seconds } of rows) {
      const name = entities.byModule(module)?.name
      if (name !== undefined) last.set(name, Math.min(seconds, last.get(name) ?? seconds))
    }
    const expected = entities.list().filter(({ webhook }) => webhook.rule)
    const never = expected.filter(({ name }) => !last.has(name)).map(({ name }) => name)
    const heard = expected.flatMap(({ name }) => (last.has(name) ? [`${name} ${span(last.get(name) ?? 0)} ago`] : []))
    return [
      ...(heard.length > 0 ? [ok(`last came: ${heard.join(', ')}`)] : []),
      ...(never.length > 0
        ? [
            warning(
              `none ever came for ${some(never, 12)}`,
              'npm run tds -- zoho webhooks check says which rules are missing at Zoho',
            ),
          ]
        : []),
    ]
  },
}
