import { type Catalogue, entry } from './entry.ts'

/** What cannot be done with the thing that was named. */
export const things = {
  ALERT_NOT_OPEN: entry(
    'Alert not open',
    'The alert is resolved already.',
    'Nothing; look at the open ones with GET /api/tds/alerts',
  ),
  ALERT_UNKNOWN: entry('No such alert', 'There is no alert of this id.', 'List them with GET /api/tds/alerts'),
  CONFIG_INVALID: entry(
    'Configuration not valid',
    'Environment variables are missing, unknown or wrong; all faults are named at once.',
    'Correct them; npm run tds -- config shows what is in effect.',
  ),
  DLQ_BATCH_NOT_FOUND: entry(
    'No such batch',
    'No requeue has this batch id.',
    'Use the batch_id that the requeue answered.',
  ),
  DLQ_BATCH_NOT_RUNNING: entry(
    'Batch not running',
    'The batch has ended, so it cannot be stopped.',
    'Nothing; look at its result.',
  ),
  DLQ_NOTHING_CHOSEN: entry(
    'Nothing chosen',
    'The request names neither ids nor a filter.',
    'Name one of them; dry_run shows what it chooses.',
  ),
  DLQ_NOT_FOUND: entry('No such dead letter', 'There is no dead letter of this id.', 'List them with GET /api/tds/dlq'),
  DLQ_NOT_OPEN: entry(
    'Dead letter not open',
    'The dead letter does not exist or is resolved already; its record was read since, or someone closed it.',
    'Nothing, or look at it with GET /api/tds/dlq/{id}',
  ),
  ENTITY_UNKNOWN: entry(
    'No such entity',
    'TDS mirrors no entity of this name.',
    'GET /api/tds/statistics names all of them.',
  ),
  EVENTS_NOTHING_CHOSEN: entry(
    'Nothing chosen',
    'The request names neither events nor a time they came from.',
    'Name ids, or from; dry_run shows what it chooses.',
  ),
  EVENTS_TOO_MANY: entry(
    'Too many events',
    'More than 100,000 events came in the time that was named.',
    'Choose a shorter time, one after the other.',
  ),
  EVENT_NOT_FOUND: entry(
    'No such event',
    'No webhook has this id, or retention has removed it.',
    'List them with GET /api/tds/events',
  ),
  FINDING_NOT_ACCEPTED: entry('Finding not accepted', 'Nobody accepted the finding, so it counts already.', 'Nothing.'),
  FINDING_NOT_FOUND: entry(
    'No such finding',
    'There is no finding of this id, or it ended 90 days ago.',
    'List them with GET /api/tds/findings?state=all',
  ),
  FINDING_NOT_OPEN: entry(
    'Finding not open',
    'The finding is over: its row no longer breaks the rule.',
    'Nothing; if it comes back it can be accepted then.',
  ),
  FINDING_RULE_UNKNOWN: entry('No such rule', 'No rule has this code.', 'List them with GET /api/tds/findings/rules'),
  FINDING_SETTING_INVALID: entry(
    'Setting not valid',
    'The value is out of bounds, or names a rule that there is not.',
    'Read the detail; it names the bounds.',
  ),
  FINDING_SETTING_UNKNOWN: entry(
    'No such setting',
    'The rules have no setting of this name.',
    'List them with GET /api/tds/findings/settings',
  ),
  FINDING_UNTIL_PAST: entry('Until in the past', 'The acceptance would be over already.', 'Name a later time.'),
  HISTORY_RANGE: entry(
    'Range not valid',
    'The range of the history is empty or longer than what is kept at this resolution.',
    'Ask for a shorter range, or for hours in place of minutes.',
  ),
  IMAGE_NOT_FOUND: entry(
    'No such picture',
    'No picture has this file name.',
    'GET /product-images/{zoho_item_id} always answers with a picture.',
  ),
  KEY_ALREADY_ROTATED: entry(
    'Key already rotated',
    'A live key already takes the place of this one.',
    'Use that one; if its token was lost, revoke it and rotate again.',
  ),
  KEY_EXPIRY_PAST: entry('Expiry in the past', 'The key would have expired already.', 'Name a later time, or none.'),
  KEY_NOT_FOUND: entry('No such key', 'There is no key of this id.', 'List them with GET /api/tds/keys'),
  KEY_NOT_LIVE: entry('Key not live', 'The key has expired or was revoked and cannot be rotated.', 'Make a new one.'),
  REPAIR_NOT_FOUND: entry(
    'No such repair',
    'No repair or preview of this comparison has this id; a preview is kept for a day.',
    'Preview again with POST /api/tds/verify/{id}/repair and dry_run.',
  ),
  REPAIR_NOT_RUNNING: entry(
    'Repair not running',
    'The repair has ended, or was never confirmed, so it cannot be stopped.',
    'Nothing; look at it with GET /api/tds/verify/repairs/{id}',
  ),
  RUN_NOT_FOUND: entry(
    'No such run',
    'There is no sync run of this id, or retention has removed it.',
    'List the runs.',
  ),
  SCOPE_NOT_HELD: entry(
    'Scope not held',
    'A key can only hand out scopes that it has itself; rotating a key hands out its scopes, too.',
    'Leave the scope out, or use a key that has it.',
  ),
  SYNC_ALREADY_RUNNING: entry(
    'Sync already running',
    'A run of this entity and mode is at work.',
    'Wait until it has ended; the statistics show how far it is.',
  ),
  SYNC_MODE_UNKNOWN: entry(
    'No such mode',
    'The entity is not synced in this mode.',
    'npm run tds -- help sync names the modes.',
  ),
  HEALING_ACTION_UNKNOWN: entry(
    'No such action',
    'Nothing that is healed has this name.',
    'GET /api/tds/healing lists them.',
  ),
  HEALING_BUSY: entry(
    'Pass under way',
    'A pass of this action is under way, here or elsewhere.',
    'Ask again in a minute.',
  ),
  HEALING_IN_PLACE: entry(
    'Repaired in place',
    'This is repaired by whoever notices it, within seconds; there is no pass to run.',
    'GET /api/tds/healing shows when it last was.',
  ),
  HEALING_OFF: entry('Switched off', 'This action of healing is switched off.', 'Switch it on, or ask with dry_run.'),
  HEALING_SETTING_INVALID: entry(
    'Healing setting not valid',
    'A part of the setting is out of bounds or does not belong to this action.',
    'Read the detail; it names the part.',
  ),
  SETTING_INVALID: entry(
    'Setting not valid',
    'The value is of another kind or out of bounds.',
    'Read the detail; it names the bounds.',
  ),
  SETTING_UNKNOWN: entry('No such setting', 'No setting has this name.', 'List them with GET /api/tds/settings'),
  THRESHOLD_INVALID: entry(
    'Threshold not valid',
    'The value is out of bounds or contradicts another threshold.',
    'Read the detail; it names the bounds.',
  ),
  THRESHOLD_UNKNOWN: entry(
    'No such threshold',
    'No threshold has this name.',
    'List them, with their values and bounds.',
  ),
  USAGE: entry('Wrong use', 'The command line was not understood.', 'npm run tds -- help'),
  VALIDATION_NOT_FOUND: entry(
    'No such validation',
    'The rules were not asked under this id, or it is longer ago than 90 days.',
    'Ask them now: POST /api/tds/findings/validate',
  ),
  VERIFY_NOT_ENDED: entry(
    'Comparison not ended',
    'The comparison is still running and does not know yet what differs.',
    'Wait for its end, or cancel it.',
  ),
  VERIFY_NOT_FOUND: entry(
    'No such comparison',
    'There is no comparison of this id, or none was done yet.',
    'List them with GET /api/tds/verify',
  ),
  VERIFY_NOT_RUNNING: entry(
    'Comparison not running',
    'The comparison has ended, so it cannot be cancelled.',
    'Nothing; look at it with GET /api/tds/verify/{id}',
  ),
  VERIFY_RUNNING: entry(
    'Comparison under way',
    'One comparison with Zoho runs at a time among all processes, and one does.',
    'Wait for its end, or cancel it; the detail names it.',
  ),
} satisfies Catalogue
