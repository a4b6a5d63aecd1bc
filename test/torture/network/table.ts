import type { Row } from './row.ts'
import { errorRows } from './rows-errors.ts'
import { replyRows } from './rows-replies.ts'
import { tokenRows } from './rows-token.ts'
import { wayRows } from './rows-way.ts'
import { worldRows } from './rows-world.ts'

/** What Zoho and the network can do, and what TDS owes to it. */
export const table: readonly Row[] = [...worldRows, ...errorRows, ...replyRows, ...tokenRows, ...wayRows]

/** Codes of errors that no row can produce, and the test that does. */
export const elsewhere: Readonly<Record<string, string>> = {
  ZOHO_CLOSED: 'a stop in order, of which the database keeps nothing: test/zoho/client.test.ts',
  ZOHO_NO_FILE: 'a picture that is an envelope: test/images/process.test.ts, test/zoho/bytes.test.ts',
  ZOHO_PERMIT_EXPIRED: 'a slot that was held too long by ourselves: test/zoho/budget.test.ts',
  ZOHO_NOT_CONFIGURED: 'nothing of Zoho is configured: test/zoho/token.test.ts',
  ZOHO_FILTER_IGNORED:
    'seen by nobody, the list is read in another way: row "lists forget their filters", test/sync/strategy.test.ts',
  ZOHO_PAUSED: 'a person holds all calls: test/routes/sync-control.test.ts',
}
