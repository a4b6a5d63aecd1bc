/** An error code in words: what happened, why it usually does, what to press, and where the runbook goes on. */
export interface Cause {
  readonly happened: string
  readonly usual_cause: string
  readonly action: string
  /** An entry of docs/runbook.md. */
  readonly anchor: string
}

/** What is known of a code, ours or a SQLSTATE; something true can be said of any. */
export function causeOf(code: string): Cause {
  return known[code] ?? (/^[0-9A-Z]{5}$/.test(code) ? bySqlState(code) : other)
}

const cause = (happened: string, usual_cause: string, action: string, anchor = 'dead-letters'): Cause => ({
  happened,
  usual_cause,
  action,
  anchor,
})

const passing = 'Requeue the group once health shows no trouble with Zoho'

const known: Readonly<Record<string, Cause>> = {
  ZOHO_SCOPE: cause(
    'Zoho refused to show these records to our token',
    'The token lacks a scope, or the Zoho user lacks the role',
    'Grant the scope, make a new refresh token, then requeue the group',
    'zoho-token',
  ),
  ZOHO_UNAUTHORIZED: cause(
    'Zoho accepted neither our access token nor a fresh one',
    'The refresh token was revoked or belongs to another organisation',
    'Replace the refresh token, then requeue the group',
    'zoho-token',
  ),
  ZOHO_USER_DISABLED: cause(
    'Zoho says that our user is disabled',
    'The Zoho user behind the token was deactivated',
    'Activate the user or use a token of another one, then requeue the group',
    'zoho-token',
  ),
  ZOHO_NOT_FOUND: cause(
    'Zoho does not know what was asked for',
    'The path is not that of this organisation, such as locations instead of warehouses',
    'Compare the path in the message with Zoho, override it in the configuration, then requeue the group',
  ),
  ZOHO_BAD_REQUEST: cause(
    'Zoho refused the call itself',
    'A parameter or a feature that this organisation does not have',
    "Compare Zoho's code in the message with its reference; requeue one letter first",
  ),
  ZOHO_CODE: cause(
    'Zoho reported a failure inside a success',
    'A condition of the record or the organisation that Zoho does not let through',
    "Look up Zoho's code in the message; requeue one letter first",
  ),
  ZOHO_SERVER: cause('Zoho could not answer in six attempts', 'An outage at Zoho', passing, 'zoho-breaker'),
  ZOHO_TIMEOUT: cause(
    'Zoho did not answer in time in six attempts',
    'Zoho or the network is slow',
    passing,
    'zoho-breaker',
  ),
  ZOHO_NETWORK: cause('The connection to Zoho failed six times', 'Network, DNS or a proxy', passing, 'zoho-breaker'),
  ZOHO_TRUNCATED: cause(
    'Replies of Zoho broke off six times',
    'The network or a proxy cuts connections',
    passing,
    'zoho-breaker',
  ),
  ZOHO_NOT_JSON: cause(
    'Zoho answered with something that is not JSON',
    'A maintenance page, or a proxy that answers itself',
    passing,
    'zoho-breaker',
  ),
  ZOHO_LIST_KEY: cause(
    'A reply lacked the record it should hold',
    'Zoho changed its answer, or a path leads to another list',
    'Look at one letter, report the shape; requeue after the correction',
  ),
  ZOHO_TOO_LARGE: cause(
    'A reply was larger than allowed',
    'A picture or document beyond the cap',
    'Make it smaller in Zoho, then requeue the letter',
  ),
  DOCUMENT_WITHOUT_ID: cause(
    'A document names no record',
    'A shape of Zoho that nobody expected',
    'Keep the payload, report it; requeue after the correction',
  ),
  CURRENCY_UNKNOWN: cause(
    'A price or amount has no currency that is known here',
    "The organisation's currencies were not read yet",
    'Run a full sync of the organisation, then requeue the group',
  ),
  LEASE_EXHAUSTED: cause(
    'Nobody survived the work on these records six times',
    'The process ran out of memory or was killed while it held them',
    'Look at memory and at the record; requeue one letter and watch it',
    'stuck',
  ),
  ENTITY_UNREADABLE: cause(
    'There is no call that reads one such record',
    'The letter is older than this version',
    'Run a full sync of the entity; resolve the letters with a note',
  ),
  IMAGE_DISK_FULL: cause(
    'A picture could not be kept',
    'The disk is full',
    'Make room, then requeue the group',
    'disk',
  ),
  IMAGE_STORE: cause(
    'A picture could not be kept',
    'The image folder is missing or not writable',
    'Correct the folder, then requeue the group',
    'disk',
  ),
  UNKNOWN: cause(
    'Something failed that has no code',
    'A fault in the service',
    'Look at the message of one letter and at the log of that time; report it',
  ),
}

const other = cause(
  'The work on these records failed for good',
  'The code in the message names it',
  'Look at one letter with its story; requeue it alone first',
)

function bySqlState(code: string): Cause {
  if (code.startsWith('22') || code.startsWith('23'))
    return cause(
      'The database refused the row',
      code.startsWith('22') ? 'A value that does not fit its column' : 'Two records claim what only one may have',
      'Look at the record in Zoho; requeue after it, or the mapping, was corrected',
    )
  if (code.startsWith('42'))
    return cause(
      'A statement does not fit the schema',
      'The schema is not that of this version',
      'Run the migrations, then requeue the group',
      'database',
    )
  return cause(
    'The database could not do the work',
    'It was away, full or overloaded',
    'Requeue the group once the database is well',
    'database',
  )
}
