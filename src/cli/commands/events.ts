import { nearest } from '../../config.ts'
import type { EventStatus, ReplayChoice } from '../../inbox/index.ts'
import { defineCommand, usageError } from '../command.ts'
import { listEvents } from './events/list.ts'
import { previewReplay, replayEvents } from './events/replay.ts'

const statuses: readonly EventStatus[] = ['received', 'promoted', 'duplicate', 'parked']

export const events = defineCommand({
  name: 'events',
  summary: 'webhooks that came, why some are parked, and once more',
  usage: '[list | replay <event id…>] [--status <status>] [--module <name>] [--from <time>] [--to <time>] [--dry-run]',
  about: `list    newest first
replay  by ids, or those that came --from a time on; each record they name is read again once, by the running service;
        --dry-run says which, and what a fresh read of the first 20 would change`,
  options: {
    status: { type: 'string', value: 'status', about: `list: one of ${statuses.join(', ')}` },
    module: { type: 'string', value: 'name', about: 'as the URL named it' },
    id: { type: 'string', value: 'id', about: 'list: of the record with this Zoho id' },
    from: { type: 'string', value: 'time', about: 'came then or later, such as 2026-01-31T08:00:00Z' },
    to: { type: 'string', value: 'time', about: 'came before then' },
    limit: { type: 'string', value: 'n', about: 'how many; 50 without' },
    'dry-run': { type: 'boolean', about: 'replay: only say what it would do' },
    reason: { type: 'string', value: 'text', about: 'replay: for the audit trail' },
  },
  async run({ positionals: [verb = 'list', ...ids], values, ...terminal }) {
    const { status: wanted, module, id, reason = 'replayed on the command line' } = values
    const [from, to] = [toTime('--from', values.from), toTime('--to', values.to)]
    if (verb === 'list') {
      const status = statuses.find((each) => each === wanted)
      if (wanted !== undefined && !status) throw usageError(`--status is one of ${statuses.join(', ')}`)
      return listEvents(terminal, {
        limit: limitOf(values.limit),
        ...(status && { status }),
        ...(module !== undefined && { module }),
        ...(id !== undefined && { sourceEntityId: id }),
        ...(from && { since: from }),
        ...(to && { until: to }),
      })
    }
    if (verb !== 'replay') throw usageError(unknownVerb(verb))
    const choice = ids.length > 0 ? { ids: ids.map(toEventId) } : { from, to, module }
    checkChoice(choice, { from, to, module })
    if (values['dry-run']) return previewReplay(terminal, choice)
    return replayEvents(terminal, { ...choice, reason, actor: 'cli' })
  },
})

function checkChoice({ ids }: ReplayChoice, { from, to, module }: ReplayChoice): void {
  if (ids && (from || to || module !== undefined)) throw usageError('Either event ids, or a time')
  if (!ids && !from) throw usageError('Which ones? Event ids, or --from with --to and --module as you like')
}

function toEventId(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text
  throw usageError(`${text} is no id of an event`)
}

function toTime(option: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time
  throw usageError(`${option} wants a time such as 2026-01-31T08:00:00Z, not ${text}`)
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? 50 : Number(text)
  if (Number.isInteger(limit) && limit > 0) return limit
  throw usageError(`--limit wants a whole number, not ${text}`)
}

function unknownVerb(verb: string): string {
  const known = nearest(verb, ['list', 'replay'])
  return `events does not know ${verb}${known ? `; did you mean ${known}?` : '; it knows list and replay'}`
}
