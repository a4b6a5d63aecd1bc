import { nearest } from '../../config.ts'
import { defineCommand, usageError } from '../command.ts'
import { authorise } from './zoho/auth.ts'
import { checkHooks, registerHooks } from './zoho/hooks.ts'
import { whoami } from './zoho/whoami.ts'

const verbs = ['auth', 'whoami', 'webhooks']

export const zoho = defineCommand({
  name: 'zoho',
  summary: 'set up access to Zoho and its webhooks',
  usage: 'auth [--code <code>] | whoami | webhooks check | webhooks register [--apply]',
  about: `auth      from a self client of Zoho's API console to ZOHO_REFRESH_TOKEN and ZOHO_ORGANIZATION_ID, step by step; needs
          neither database nor token. Shows the token once and keeps it nowhere
whoami    the user and the organisations that the configured token opens
webhooks  check: are the webhooks and workflow rules there, active, and do they lead here?
          register: makes the missing ones and leaves what is there; without --apply it only says what it would make
Without the scope to make them, webhooks register prints the steps for Zoho's pages. Exit code 1: refused, or not all is there.`,
  options: {
    code: {
      type: 'string',
      value: 'code',
      about: 'auth: the grant code, or the whole URL that has it; asked for without',
    },
    'read-only': { type: 'boolean', about: 'auth: leave out the two scopes that let webhooks be made' },
    apply: { type: 'boolean', about: 'webhooks register: really make them' },
  },
  async run({ positionals, values, ...terminal }) {
    const [verb, what] = positionals
    if (verb === 'auth') return authorise(terminal, { code: values.code, readOnly: values['read-only'] ?? false })
    if (verb === 'whoami') return whoami(terminal)
    if (verb === 'webhooks' && what === 'check') return checkHooks(terminal)
    if (verb === 'webhooks' && what === 'register') return registerHooks(terminal, values.apply ?? false)
    throw usageError(verb === 'webhooks' ? 'zoho webhooks wants check or register' : wrongVerb(verb))
  },
})

function wrongVerb(verb: string | undefined): string {
  if (verb === undefined) return `zoho what? One of ${verbs.join(', ')}`
  const known = nearest(verb, verbs)
  return `zoho does not know ${verb}${known ? `; did you mean ${known}?` : `; it knows ${verbs.join(', ')}`}`
}
