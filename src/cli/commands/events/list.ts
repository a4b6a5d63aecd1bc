import type { EventListOptions } from '../../../inbox/index.ts'
import type { Terminal } from '../../command.ts'
import { withContext } from '../../session.ts'
import { formatTable } from '../../table.ts'

export function listEvents(terminal: Terminal, options: EventListOptions): Promise<number> {
  const { out } = terminal
  return withContext(terminal, { kind: 'reading' }, async ({ inbox }) => {
    const page = await inbox.events.list(options)
    const rows = page.items.map((event) => [
      event.received_at.toISOString().slice(0, 19),
      event.module,
      event.event,
      event.status,
      event.source_entity_id,
      event.outcome ?? event.reason,
      event.event_id,
    ])
    const heads = ['received', 'module', 'event', 'status', 'Zoho id', 'outcome', 'event id']
    if (rows.length === 0) out.line('No webhooks of that kind have come.')
    else for (const line of formatTable(heads, rows)) out.line(line)
    out.document(page)
    return 0
  })
}
