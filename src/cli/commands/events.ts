import type { EventStatus } from '../../inbox/index.ts'
import { defineCommand, usageError } from '../command.ts'
import { withContext } from '../session.ts'
import { formatTable } from '../table.ts'

const statuses: readonly EventStatus[] = ['received', 'promoted', 'duplicate', 'parked']

export const events = defineCommand({
  name: 'events',
  summary: 'webhooks that came, and why some are parked',
  usage: '[list] [--status <status>] [--module <name>] [--limit <n>]',
  options: {
    status: { type: 'string', value: 'status', about: `one of ${statuses.join(', ')}` },
    module: { type: 'string', value: 'name', about: 'as the URL named it' },
    limit: { type: 'string', value: 'n', about: 'how many; 50 without' },
  },
  async run({ positionals: [verb = 'list'], values, ...terminal }) {
    if (verb !== 'list') throw usageError(`events does not know ${verb}; it knows list`)
    const status = statuses.find((each) => each === values.status)
    if (values.status !== undefined && !status) throw usageError(`--status is one of ${statuses.join(', ')}`)
    const limit = values.limit === undefined ? 50 : Number(values.limit)
    if (!Number.isInteger(limit) || limit < 1) throw usageError(`--limit wants a whole number, not ${values.limit}`)
    return withContext(terminal, { kind: 'reading' }, async ({ inbox }) => {
      const page = await inbox.events.list({
        limit,
        ...(status && { status }),
        ...(values.module !== undefined && { module: values.module }),
      })
      const rows = page.items.map((event) => [
        event.received_at.toISOString().slice(0, 19),
        event.module,
        event.event,
        event.status,
        event.source_entity_id,
        event.outcome ?? event.reason,
        event.event_id,
      ])
      if (rows.length === 0) terminal.out.line('No webhooks of that kind have come.')
      else
        for (const line of formatTable(
          ['received', 'module', 'event', 'status', 'Zoho id', 'outcome', 'event id'],
          rows,
        ))
          terminal.out.line(line)
      terminal.out.document(page)
      return 0
    })
  },
})
