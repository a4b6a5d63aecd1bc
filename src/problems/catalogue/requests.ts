import { type Catalogue, entry } from './entry.ts'

/** Faults of a request, whatever it asks for. */
export const requests = {
  BAD_REQUEST: entry('Bad request', 'The request cannot be read.', 'Compare it with /docs.'),
  BODY_TOO_LARGE: entry(
    'Body too large',
    'The body has more bytes than this route takes; webhooks have a limit of their own (TDS_WEBHOOK_MAX_BYTES).',
    'Send less, or raise the limit.',
  ),
  HEADERS_TOO_LARGE: entry('Headers too large', 'The headers have more bytes than HTTP servers take.', 'Send fewer.'),
  MALFORMED_BODY: entry(
    'Malformed body',
    'The body is not valid JSON, is empty but declared as JSON, or has not the declared length.',
    'Send valid JSON, or no body and no content type.',
  ),
  MALFORMED_REQUEST: entry('Malformed request', 'What came is not HTTP.', 'Look at what sends it, and at any proxy.'),
  MALFORMED_URL: entry('Malformed URL', 'The path cannot be decoded.', 'Encode it as a URL wants it.'),
  NOT_FOUND: entry(
    'No such route',
    'There is nothing under this path with this method.',
    'See /docs for the routes there are.',
  ),
  REQUEST_TIMEOUT: entry(
    'Request timeout',
    'The request did not arrive in time.',
    'Send it again; look at the network if it comes back.',
  ),
  UNSUPPORTED_MEDIA_TYPE: entry(
    'Unsupported media type',
    'This route does not take bodies of this media type.',
    'Send JSON as application/json.',
  ),
  VALIDATION: entry(
    'Not valid',
    'Something in the request is not as the contract says; `errors` names each place and what is wrong there.',
    'Correct what `errors` points to; see /docs for what this route takes.',
  ),
  KEY_MISSING: entry(
    'Key missing',
    'This route needs a key and none came.',
    'Send the header Authorization: Bearer <key>',
  ),
  KEY_INVALID: entry(
    'Key not valid',
    'The key is none of ours, has expired or was revoked. Which of them it is is not told.',
    'Look whether the key was copied whole and is still live: npm run tds -- keys list --all',
  ),
  SCOPE_MISSING: entry(
    'Scope missing',
    'The key is live and may not do this.',
    'Use a key that has the scope this route names.',
  ),
  RATE_LIMITED: entry(
    'Too many requests',
    'More requests came with this key than a minute allows.',
    'Wait as long as Retry-After says.',
  ),
  ADDRESS_LOCKED_OUT: entry(
    'Address locked out',
    'Many wrong keys came from this address within five minutes; for a while no key from there is looked at, each time for longer.',
    'Find what sends the wrong key (the log names the address), and wait as long as Retry-After says.',
  ),
  WEBHOOK_UNAUTHORIZED: entry(
    'Webhook not authentic',
    'Neither the signature nor the key of the webhook is right. Nothing was stored.',
    'Compare the secret in Zoho with TDS_WEBHOOK_SECRET or TDS_WEBHOOK_KEY; TDS_WEBHOOK_OBSERVE=true tells which method would match.',
  ),
  WEBHOOK_TOO_MANY_REFUSED: entry(
    'Too many refused webhooks',
    'This address sent many webhooks with a wrong signature or key and is not listened to for a while.',
    'Correct the secret in Zoho; webhooks missed meanwhile are found by the next incremental sync.',
  ),
} satisfies Catalogue
