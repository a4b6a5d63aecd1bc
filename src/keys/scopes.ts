/** What a key may do; each admin route names one of these. */
export const scopes = [
  'health:read',
  'stats:read',
  'payload:read',
  'dlq:read',
  'dlq:write',
  'queue:control',
  'run:start',
  'config:write',
  'keys:admin',
] as const
export type Scope = (typeof scopes)[number]

export const isScope = (text: string): text is Scope => scopes.some((scope) => scope === text)
