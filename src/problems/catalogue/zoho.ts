import { type Catalogue, entry } from './entry.ts'

const waits = 'Nothing: the work waits and goes on by itself.'
const again = 'Nothing: it is tried again by itself. If it stays, look at status.zoho.com.'

/** What Zoho said, or did not say. */
export const zoho = {
  ZOHO_BAD_REQUEST: entry(
    'Refused by Zoho',
    'Zoho refuses the request or a value in it.',
    'Look at the detail; a path can be overridden by TDS_ZOHO_PATHS.',
  ),
  ZOHO_BLOCKED: entry('Blocked by Zoho', 'Zoho has blocked the organisation for a while (43).', waits),
  ZOHO_BREAKER_OPEN: entry(
    'Breaker open',
    'Calls of this product failed repeatedly, so the next is made later.',
    waits,
  ),
  ZOHO_CLOSED: entry('Stopping', 'The service was stopping.', waits),
  ZOHO_CODE: entry(
    'Failure inside a success',
    'Zoho answered 200 with a code that is not known.',
    'Look at code and message in the dead letter, then requeue it.',
  ),
  ZOHO_CONCURRENCY: entry('Too many at once', 'As many calls as allowed were in process (1070).', waits),
  ZOHO_DAY_LIMIT: entry('Day used up', "The product's calls of this day are used up (45).", waits),
  ZOHO_ENDLESS_PAGES: entry('Endless list', 'A list did not come to an end.', again),
  ZOHO_ENDPOINT_DOUBTFUL: entry(
    'Endpoint in doubt',
    'A record and its sibling were both not found, so nothing is deleted.',
    again,
  ),
  ZOHO_FILTER_IGNORED: entry(
    'Filter ignored',
    'Zoho did not apply a filter or an order.',
    'Nothing: the list is read in another way; see the runbook, Filter ignored.',
  ),
  ZOHO_GRANT_REFUSED: entry(
    'Grant code refused',
    'Zoho gives no refresh token for the grant code.',
    'The message says why; make a new code in the API console and enter it at once.',
  ),
  ZOHO_LIST_KEY: entry('List missing', 'The reply lacks the list it should hold.', again),
  ZOHO_MINUTE_LIMIT: entry('Minute used up', "The organisation's calls of this minute are used up (44).", waits),
  ZOHO_NETWORK: entry('No connection', 'The connection to Zoho failed.', again),
  ZOHO_NOT_CONFIGURED: entry(
    'Not configured',
    'The ZOHO_* variables are not set.',
    'Set them; npm run tds -- config shows which are.',
  ),
  ZOHO_NOT_FOUND: entry('Not at Zoho', 'Zoho does not have this record.', 'Nothing, unless it should exist.'),
  ZOHO_NOT_JSON: entry('No JSON', 'The reply is not JSON.', again),
  ZOHO_NO_FILE: entry(
    'No file',
    'Zoho reports success and sends no file.',
    'Look at the picture in Zoho, then requeue it.',
  ),
  ZOHO_ORGANIZATION_UNKNOWN: entry(
    'Organisation unknown',
    'The token does not reach the configured organisation.',
    'Compare ZOHO_ORGANIZATION_ID with the organisations of the token.',
  ),
  ZOHO_PERMIT_EXPIRED: entry('Permit expired', 'A slot was held too long before its call.', waits),
  ZOHO_SCOPE: entry(
    'Scope missing at Zoho',
    'The token lacks the scope or role for a path (57).',
    'Grant it, make a new refresh token, set ZOHO_REFRESH_TOKEN.',
  ),
  ZOHO_SERVER: entry('Zoho cannot answer', 'Zoho answered with a server error.', again),
  ZOHO_TIMEOUT: entry('No answer in time', 'Zoho did not answer in time.', again),
  ZOHO_TOKEN_REJECTED: entry(
    'Token rejected',
    'Zoho does not accept the refresh token or the client; syncing is paused.',
    'Make a new refresh token; see the runbook, Zoho token.',
  ),
  ZOHO_TOKEN_THROTTLED: entry('Token not ready', 'Zoho gives no access token at the moment.', waits),
  ZOHO_TOO_LARGE: entry(
    'Reply too large',
    'The reply is larger than allowed.',
    'For pictures raise TDS_IMAGE_MAX_BYTES, then requeue it.',
  ),
  ZOHO_TRUNCATED: entry('Reply broke off', 'The reply ended too early.', again),
  ZOHO_UNAUTHORIZED: entry(
    'Token not accepted',
    'Zoho accepts no access token, not even a fresh one (14).',
    'Make a new refresh token; see the runbook, Zoho token.',
  ),
  ZOHO_USER_DISABLED: entry(
    'User disabled',
    'The user of the token is disabled in the organisation (6018).',
    'Enable the user again.',
  ),
} satisfies Catalogue
