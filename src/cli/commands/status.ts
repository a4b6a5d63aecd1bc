import { defineCommand, type Terminal, usageError } from '../command.ts'
import { withContext } from '../session.ts'
import { readStatus, type StatusFacts } from './status/facts.ts'
import { statusLines } from './status/lines.ts'
import { watchStatus } from './status/live.ts'

export const status = defineCommand({
  name: 'status',
  summary: 'health, queue, runs, alerts and entities; on a terminal live, until q',
  usage: '[--once]',
  about: `On a terminal it is drawn anew each second until q or Ctrl-C; elsewhere, with --once or with --json it is told once.
Exit code 1 when the mirror is unhealthy.`,
  options: {
    once: { type: 'boolean', about: 'once, as plain lines, also on a terminal' },
  },
  async run({ positionals, values, ...terminal }) {
    if (positionals.length > 0) throw usageError(`status does not know ${positionals[0]}`)
    const isLive = terminal.out.stdout.isTTY === true && !terminal.out.json && values.once !== true
    return withContext(terminal, { kind: 'reading' }, async (ctx) => {
      const read = () => readStatus(ctx)
      const facts = isLive ? await watchStatus(terminal, { read, clock: ctx.clock }) : await tellOnce(terminal, read)
      return facts.health.status === 'unhealthy' ? 1 : 0
    })
  },
})

async function tellOnce({ out }: Terminal, read: () => Promise<StatusFacts>): Promise<StatusFacts> {
  const facts = await read()
  const columns = out.stdout.isTTY === true ? (out.stdout.columns ?? 80) : 160
  for (const line of statusLines(facts, { columns })) out.line(line)
  const { health, statistics, runs, alerts } = facts
  out.document({ health, statistics, runs, alerts })
  return facts
}
