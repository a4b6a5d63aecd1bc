import { claims } from './checks/claims.ts'
import { clock } from './checks/clock.ts'
import { deadLetters } from './checks/dead-letters.ts'
import { disk } from './checks/disk.ts'
import { endpoints } from './checks/endpoints.ts'
import { customFields } from './checks/fields.ts'
import { files } from './checks/files.ts'
import { organization } from './checks/organization.ts'
import { processes } from './checks/processes.ts'
import { reachable } from './checks/reachable.ts'
import { reader } from './checks/reader.ts'
import { rights } from './checks/rights.ts'
import { indexes, schema } from './checks/schema.ts'
import { secrets } from './checks/secrets.ts'
import { server } from './checks/server.ts'
import { signatures } from './checks/signatures.ts'
import { space } from './checks/space.ts'
import { token } from './checks/token.ts'
import { transactions } from './checks/transactions.ts'
import { webhooks } from './checks/webhooks.ts'
import type { Check } from './types.ts'

/** In the order in which one explains the next. */
export const checks: readonly Check[] = [
  files,
  secrets,
  disk,
  server,
  transactions,
  schema,
  indexes,
  rights,
  reader,
  space,
  clock,
  processes,
  claims,
  deadLetters,
  customFields,
  webhooks,
  signatures,
  reachable,
  token,
  organization,
  endpoints,
]
