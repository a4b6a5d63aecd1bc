import { type Catalogue, entry } from './entry.ts'

/** What TDS cannot do at the moment, or at all, with no fault of the request. */
export const service = {
  DATABASE_AWAY: entry(
    'Database away',
    'PostgreSQL does not answer. Webhooks are still taken (into the spool) and pictures still served.',
    'GET /api/tds/health tells when it is back; see the runbook, Database.',
  ),
  DATABASE_SLOW: entry(
    'Database slow',
    'A statement was ended because it took too long.',
    'Ask for less, or again later; look for long transactions in pg_stat_activity.',
  ),
  INTERNAL: entry(
    'Internal error',
    'Something went wrong here that nobody foresaw.',
    'Look for the request in the log by its id (`instance`).',
  ),
  WEBHOOK_SETUP_NO_SECRET: entry(
    'No webhook secret',
    'Neither TDS_WEBHOOK_SECRET nor TDS_WEBHOOK_KEY is set, so TDS would refuse the webhooks that are to be made.',
    'Set TDS_WEBHOOK_SECRET to 12 to 50 letters and digits.',
  ),
  WEBHOOK_SETUP_NO_URL: entry(
    'No public URL',
    'TDS_PUBLIC_URL is not set, so nobody can tell Zoho where webhooks are to go.',
    'Set it to the https URL that leads to TDS from the internet.',
  ),
  INBOX_DATABASE_SLOW: entry(
    'Database slow to take the webhook',
    'The database did not commit within two seconds, so the webhook went to the spool.',
    'Nothing; it is drained by itself.',
  ),
  INBOX_BUSY: entry(
    'Inbox busy',
    'As many webhooks wait to be written as fit into memory.',
    'Zoho sends it again; see the runbook, Database.',
  ),
  INBOX_ROW_REFUSED: entry(
    'Event refused by the database',
    'The database refuses a row of the inbox, whatever is tried.',
    'Look for the code in the log and run npm run tds -- migrate',
  ),
  INBOX_SPOOL_FULL: entry(
    'Spool full',
    'The database is away and the spool has reached TDS_SPOOL_MAX_BYTES.',
    'Bring the database back, or raise the limit.',
  ),
  INBOX_SPOOL_FAILED: entry(
    'Webhook not kept',
    'Neither database nor spool could keep the webhook.',
    'Zoho sends it again; see the runbook, Database and Disk.',
  ),
  INBOX_STOPPING: entry('Stopping', 'This process takes no more webhooks.', 'Zoho sends it again.'),
  KEYS_AWAY: entry(
    'Keys cannot be read',
    'The database is away, so stored keys are neither right nor wrong.',
    'Use the key of the configuration (TDS_ADMIN_KEY), or wait for the database.',
  ),
  NOT_MIGRATED: entry(
    'Database not migrated',
    'The database lacks migrations of this version.',
    'npm run tds -- migrate',
  ),
  ORGANIZATION_CHANGED: entry(
    'Another organisation',
    'The database mirrors another organisation than the one configured.',
    'Correct ZOHO_ORGANIZATION_ID, or use another database.',
  ),
  PORT_IN_USE: entry('Port in use', 'Another process listens on the port.', 'Stop it, or set PORT.'),
  SCHEMA_DRIFT: entry(
    'Schema differs',
    'The tables are not as this version made them.',
    'npm run tds -- migrate names the differences.',
  ),
  STOPPED: entry(
    'Stopped',
    'The command was ended before it was done.',
    'Start it again; it goes on where it stopped.',
  ),
  TIMEOUT: entry('Timeout', 'The answer took too long.', 'Ask for less, or again later.'),
} satisfies Catalogue
