import { nearest } from '../../config.ts'
import { type ApiKey, type KeyWithToken, type Requester, type Scope, scopes } from '../../keys/index.ts'
import { defineCommand, type Terminal, usageError } from '../command.ts'
import { withContext } from '../session.ts'
import { formatTable } from '../table.ts'
import { parseUntil } from '../until.ts'

const verbs = ['list', 'create', 'rotate', 'revoke']

/** Who reaches the database may do everything; the trail says that it was here. */
const here: Requester = { actor: 'cli', scopes }

export const keys = defineCommand({
  name: 'keys',
  summary: 'keys of the API: list, create, rotate, revoke',
  usage: '[list | create <name> --scope <scope>… | rotate <id> | revoke <id>] [--reason <text>]',
  about: `list    those that open something, newest first; --all shows expired and revoked ones, too
create  a key with these scopes, or --scope all; its token is shown once and stored nowhere
rotate  a key that takes the place of another; both open for a day, or as long as --overlap says
revoke  ends a key: in a running service within two seconds
Scopes: ${scopes.join(' ')}`,
  options: {
    scope: { type: 'string', multiple: true, value: 'scope', about: 'create: what the key may do; may be repeated' },
    expires: { type: 'string', value: 'day', about: 'create: until 2027-01-31, or for 90d, 6m, 2y; for ever without' },
    overlap: { type: 'string', value: 'hours', about: 'rotate: how long the old key goes on; 24 without' },
    all: { type: 'boolean', about: 'list: expired and revoked ones, too' },
    reason: { type: 'string', value: 'text', about: 'for the audit trail' },
  },
  async run({ positionals: [verb = 'list', word], values, ...terminal }) {
    const { reason } = values
    if (verb === 'list') return list(terminal, values.all ?? false)
    if (!verbs.includes(verb)) throw usageError(unknownVerb(verb))
    if (word === undefined) throw usageError(verb === 'create' ? 'A key wants a name' : `Which key? keys ${verb} <id>`)
    if (verb === 'create') {
      const expiresAt = values.expires === undefined ? undefined : parseUntil(values.expires, new Date())
      const key = { name: word, scopes: scopesOf(values.scope ?? []), expiresAt, reason }
      return show(terminal, (ctx) => ctx.keys.create(key, here))
    }
    if (verb === 'rotate') {
      const overlapHours = values.overlap === undefined ? undefined : hoursOf(values.overlap)
      return show(terminal, (ctx) => ctx.keys.rotate(word, { overlapHours, reason }, here))
    }
    return revoke(terminal, word, reason)
  },
})

function list(terminal: Terminal, all: boolean): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const page = await ctx.keys.list({ limit: 500, live: !all })
    if (page.items.length === 0) terminal.out.line('There are no keys but the one of the configuration.')
    else for (const line of formatTable(heads, page.items.map(toRow))) terminal.out.line(line)
    terminal.out.document(page)
    return 0
  })
}

const heads = ['id', 'name', 'state', 'scopes', 'created', 'by', 'expires', 'last used']

const toRow = (key: ApiKey) => [
  key.id,
  key.name,
  key.state,
  key.scopes.join(' '),
  minute(key.created_at),
  key.created_by,
  minute(key.expires_at),
  minute(key.last_used_at),
]

const minute = (at: Date | null) => at?.toISOString().slice(0, 16) ?? null

type Work = Parameters<typeof withContext<KeyWithToken>>[2]

/** The token alone on its line, so that a script can take the last one. */
async function show(terminal: Terminal, work: Work): Promise<number> {
  const key = await withContext(terminal, { kind: 'reading' }, work)
  const until = key.expires_at ? `until ${key.expires_at.toISOString()}` : 'until it is revoked'
  terminal.out.line(`Key ${key.id} (${key.name}) opens ${key.scopes.join(', ')}, ${until}.`)
  terminal.out.line('Its token, shown only now:')
  terminal.out.line(key.token)
  terminal.out.document(key)
  return 0
}

function revoke(terminal: Terminal, id: string, reason: string | undefined): Promise<number> {
  return withContext(terminal, { kind: 'reading' }, async (ctx) => {
    const key = await ctx.keys.revoke(id, { reason }, here)
    terminal.out.line(`Key ${key.id} (${key.name}) opens nothing any more.`)
    terminal.out.document(key)
    return 0
  })
}

function scopesOf(words: readonly string[]): readonly Scope[] {
  if (words.length === 0) throw usageError(`A key wants a --scope: all, or some of ${scopes.join(', ')}`)
  return words.flatMap((word) => (word === 'all' ? scopes : [scopeOf(word)]))
}

function scopeOf(word: string): Scope {
  const scope = scopes.find((each) => each === word)
  if (scope) return scope
  const known = nearest(word, scopes)
  throw usageError(`There is no scope ${word}${known ? `; did you mean ${known}?` : `; one of ${scopes.join(', ')}`}`)
}

function hoursOf(text: string): number {
  const hours = Number(text)
  if (text.trim() !== '' && hours >= 0 && hours <= 720) return hours
  throw usageError(`--overlap wants hours from 0 to 720, not ${text}`)
}

function unknownVerb(verb: string): string {
  const known = nearest(verb, verbs)
  return `keys does not know ${verb}${known ? `; did you mean ${known}?` : `; it knows ${verbs.join(', ')}`}`
}
