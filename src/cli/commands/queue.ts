import { nearest } from '../../config.ts'
import { type Lane, lanes } from '../../pauses/index.ts'
import { defineCommand, type Terminal, usageError } from '../command.ts'
import { withContext } from '../session.ts'
import { formatTable } from '../table.ts'

const verbs = ['list', 'pause', 'resume']
const statuses = ['pending', 'processing', 'failed'] as const

export const queue = defineCommand({
  name: 'queue',
  summary: 'work that is not finished: list it, pause and resume its lanes',
  usage:
    '[list | pause [<lane>] | resume [<lane>]] [--entity <name>] [--status <word>] [--limit <n>] [--reason <text>]',
  about: `list    unfinished items, oldest first, with the depth of the queue
pause   one lane (${lanes.join(', ')}), or all, begins nothing more; what is in work ends. It lasts over restarts
resume  ends that pause`,
  options: {
    entity: { type: 'string', value: 'name', about: 'list: of one entity' },
    status: { type: 'string', value: 'word', about: `list: ${statuses.join(', ')}` },
    lane: { type: 'string', value: 'lane', about: 'list: of one lane' },
    limit: { type: 'string', value: 'n', about: 'list: how many; 50 without' },
    reason: { type: 'string', value: 'text', about: 'why, for the audit trail' },
  },
  async run({ positionals: [verb = 'list', word], values, ...terminal }) {
    if (!verbs.includes(verb)) throw usageError(unknownVerb(verb))
    if (verb === 'list') {
      const status = statuses.find((each) => each === values.status)
      if (values.status !== undefined && !status) throw usageError(`--status is one of ${statuses.join(', ')}`)
      return list(terminal, {
        limit: limitOf(values.limit),
        entity_type: values.entity,
        status,
        lane: laneOf(values.lane),
      })
    }
    const change = { actor: 'cli', reason: values.reason ?? `${verb}d on the command line` }
    return turn(terminal, verb === 'pause', laneOf(word), change)
  },
})

type Filter = Parameters<Parameters<Parameters<typeof withContext<number>>[2]>[0]['queue']['list']>[0]

function list(terminal: Terminal, filter: Filter): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async ({ queue }) => {
    const [page, depth, pauses] = await Promise.all([queue.list(filter), queue.depth(), queue.pauses()])
    const rows = page.items.map((item) => [
      item.id,
      item.entity_type,
      item.source_entity_id,
      item.status,
      item.lane,
      item.attempts,
      item.wait_reason ?? item.error_code,
      item.created_at.toISOString().slice(0, 19),
    ])
    if (rows.length > 0) for (const line of formatTable(heads, rows)) terminal.out.line(line)
    for (const pause of pauses) terminal.out.line(`${pause.target} is paused by ${pause.paused_by}: ${pause.reason}`)
    const { pending, processing, failed, dead_letter } = depth
    terminal.out.line(`${pending} pending, ${processing} in work, ${failed} failed, ${dead_letter} dead letters.`)
    terminal.out.document({ ...page, depth, pauses })
    return 0
  })
}

const heads = ['id', 'entity', 'record', 'status', 'lane', 'attempts', 'why', 'since']

function turn(
  terminal: Terminal,
  pauses: boolean,
  lane: Lane | undefined,
  change: { readonly actor: string; readonly reason: string },
): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async ({ queue }) => {
    const answer = pauses
      ? await queue.pause(lane, change)
      : await queue.resume(lane, change).then(() => ({ resumed: true, target: `lane:${lane ?? '*'}` }))
    terminal.out.line(`${lane ? `The ${lane} lane` : 'The queue'} ${pauses ? 'begins nothing more' : 'goes on'}.`)
    terminal.out.document(answer)
    return 0
  })
}

function laneOf(word: string | undefined): Lane | undefined {
  const lane = lanes.find((each) => each === word)
  if (word !== undefined && !lane) throw usageError(`${word} is no lane; one of ${lanes.join(', ')}`)
  return lane
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? 50)
  if (Number.isInteger(limit) && limit > 0 && limit <= 500) return limit
  throw usageError(`--limit wants a whole number up to 500, not ${text}`)
}

function unknownVerb(verb: string): string {
  const known = nearest(verb, verbs)
  return `queue does not know ${verb}${known ? `; did you mean ${known}?` : `; it knows ${verbs.join(', ')}`}`
}
