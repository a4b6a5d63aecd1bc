import type { DetailedHealth, Statistics } from '../../monitor/index.ts'
import { defineCommand } from '../command.ts'
import { withContext } from '../session.ts'
import { formatTable } from '../table.ts'

export const status = defineCommand({
  name: 'status',
  summary: 'health and statistics, from the database',
  usage: '',
  about: 'Exit code 1 when the mirror is unhealthy.',
  options: {},
  run: (terminal) =>
    withContext(terminal, { kind: 'reading' }, async ({ monitor, version }) => {
      const health = await monitor.detailedHealth(version)
      const statistics = await monitor.statistics()
      for (const line of statusLines(health, statistics)) terminal.out.line(line)
      terminal.out.document({ health, statistics })
      return health.status === 'unhealthy' ? 1 : 0
    }),
})

function statusLines(health: DetailedHealth, { entities, queue, images, zoho }: Statistics): string[] {
  return [
    `TDS is ${health.status}.`,
    ...health.reasons.map(({ severity, words }) => `- ${severity}: ${words}`),
    '',
    ...formatTable(
      ['', 'rows', 'deleted', 'last complete sync', 'verified through', 'written 24 h', 'failed 24 h'],
      Object.entries(entities).map(([name, each]) => [
        name,
        each.rows.live,
        each.rows.tombstoned,
        each.last_settled_at,
        each.verified_through,
        each.last_24h.written,
        each.last_24h.failed,
      ]),
    ),
    '',
    `Queue   ${queue.pending} pending, ${queue.processing} in work, ${queue.failed} failed, ${queue.dead_letter} dead letters`,
    `Images  ${Object.entries(images.by_status)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}; ${images.coverage_percent ?? 0} % of the active products show one`,
    `Zoho    ${zoho.minute.held} of ${zoho.minute.ceiling} calls held this minute; ${Object.entries(zoho.day)
      .map(([product, { used, limit }]) => `${product} ${used} of ${limit} today`)
      .join(', ')}`,
  ]
}
