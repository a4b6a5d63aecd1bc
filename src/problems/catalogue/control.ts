import { type Catalogue, entry } from './entry.ts'

/** What people may not do with runs, the timetable and the queue, and why. */
export const control = {
  BUDGET_INVALID: entry(
    'Shares too large',
    'The shares kept for live work and the backfill leave too little of the day to the timetable.',
    'Together they may be 90 percent.',
  ),
  CURSOR_FUTURE: entry(
    'Cursor in the future',
    'A cursor cannot stand at a time that has not come: edits until then would be missed.',
    'Name a time that has passed, or null to read the whole list.',
  ),
  CURSOR_NONE: entry(
    'No cursor',
    'The entity has no list of its own, so there is nothing to read by change.',
    'Look at the cursors with GET /api/tds/cursors',
  ),
  NOT_PAUSED: entry('Not paused', 'There is no such pause to end.', 'GET /api/tds/syncs/pauses shows what is paused.'),
  RUN_CANCELLED: entry(
    'Run cancelled',
    'A person ended the run before it had read everything: no cursor moved, nothing was deleted.',
    'Nothing; the next run reads what this one left out.',
  ),
  RUN_NOT_CANCELLABLE: entry(
    'Run not cancellable',
    'The run has ended, or has read everything and only its last items are being written.',
    'Nothing; look at it with GET /api/tds/syncs/{id}',
  ),
  RUN_NOT_PAUSABLE: entry(
    'Run not pausable',
    'The run has ended, or has read everything and only its last items are being written.',
    'Pause a mode, an entity or all Zoho work in its place.',
  ),
  RUN_PAUSED: entry('Run paused', 'A person holds the run back.', 'Resume it; it goes on with its next page.'),
  SCHEDULE_INVALID: entry(
    'Schedule not valid',
    'The pattern cannot be read, never comes, or comes more than once a minute.',
    'Five fields as in cron: minute hour day month weekday; or every_minutes.',
  ),
  SCHEDULE_UNKNOWN: entry(
    'No such task',
    'The timetable has no task of this name.',
    'GET /api/tds/schedules lists them.',
  ),
  SYNC_PAUSED: entry(
    'Sync paused',
    'A person has paused this kind of run, or all work that calls Zoho.',
    'See who and why with GET /api/tds/syncs/pauses; POST /api/tds/syncs/resume ends it.',
  ),
  WATCHERS_FULL: entry(
    'Too many streams',
    'As many clients listen to runs as one process serves.',
    'Ask GET /api/tds/syncs now and then in its place, or come back later.',
  ),
  ZOHO_PAUSED: entry(
    'Calls paused',
    'A person has paused all calls to Zoho; what needs one waits.',
    'POST /api/tds/syncs/resume ends it; see the runbook, Paused.',
  ),
} satisfies Catalogue
