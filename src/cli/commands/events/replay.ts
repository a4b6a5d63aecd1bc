import type { ReplayChoice, ReplayRequest } from '../../../inbox/index.ts'
import type { Terminal } from '../../command.ts'
import { withContext } from '../../session.ts'

export function replayEvents(terminal: Terminal, request: ReplayRequest): Promise<number> {
  const { out } = terminal
  return withContext(terminal, { kind: 'reading' }, async ({ inbox }) => {
    const answer = await inbox.events.replay(request)
    const { count, records, parked } = answer
    out.line(`${count} event(s): ${records} record(s) will be read again, ${parked} parked event(s) tried once more.`)
    out.document(answer)
    return 0
  })
}

export function previewReplay(terminal: Terminal, choice: ReplayChoice): Promise<number> {
  const { out, signal } = terminal
  return withContext(terminal, { kind: 'reading' }, async ({ inbox }) => {
    const preview = await inbox.events.previewReplay(choice, signal)
    const { count, records, parked, items, changes, parked_events } = preview
    out.line(`${count} event(s): ${records} record(s) would be read again, ${parked} parked event(s) tried once more.`)
    const changed = new Map(changes.map((each) => [`${each.entity_type} ${each.source_entity_id}`, each]))
    for (const { entity_type, source_entity_id } of items) {
      const key = `${entity_type} ${source_entity_id}`
      const found = changed.get(key)
      out.line(`  ${key}${found ? `  ${found.code ?? found.change}` : ''}`)
      for (const { table, key: place, column, here, source } of found?.fields ?? []) {
        const name = [table, place, column].filter(Boolean).join(' ')
        out.line(`    ${name}: ${JSON.stringify(here)} → ${JSON.stringify(source)}`)
      }
    }
    for (const { event_id, now, reason } of parked_events) out.line(`  ${event_id}  ${reason ?? now}`)
    out.document(preview)
    return 0
  })
}
