import { type Catalogue, entry } from './entry.ts'

const byItself = 'Nothing: it is tried again by itself.'
const look = 'Look at the record in Zoho and at the detail in tds_sync_logs, then requeue it.'

/** Errors of the work between Zoho and the tables, as dead letters, logs and commands show them. */
export const work = {
  ALERT_NOT_SENT: entry(
    'Alert not sent',
    'A channel did not take an alert.',
    'Test the channel; the alert is sent again.',
  ),
  CURRENCY_UNKNOWN: entry('Currency unknown', 'A price list names a currency that is not known yet.', byItself),
  DOCUMENT_LOST: entry('Document lost', 'The document of a queue item is gone, so its record is read again.', byItself),
  DOCUMENT_WITHOUT_ID: entry('Document without id', 'A record came without its id.', look),
  ENTITY_INVALID: entry(
    'Entity not valid',
    'A file of src/entities is not as it must be.',
    'Correct the file the message names.',
  ),
  ENTITY_UNREADABLE: entry(
    'Entity cannot be read',
    'Records of this entity cannot be read one by one.',
    'Run a full sync of it.',
  ),
  IMAGES_PAUSED: entry(
    'Pictures paused',
    'The token may not read pictures; they wait.',
    'Grant the scope; a probe finds out by itself.',
  ),
  IMAGE_BAD_ITEM_ID: entry('Bad item id', 'The id of an item cannot be part of a file name.', look),
  IMAGE_BAD_NAME: entry('Bad file name', 'A picture would have been stored under a name that is not ours.', look),
  IMAGE_BROKEN: entry(
    'Picture broken',
    'The bytes are no readable picture.',
    'Upload the picture anew in Zoho if this stays.',
  ),
  IMAGE_DISK_FULL: entry('Disk full', 'The folder of pictures has no room.', 'Make room; see the runbook, Disk.'),
  IMAGE_LEASE_LOST: entry('Picture taken over', 'Another process took over while this one was loading.', byItself),
  IMAGE_ODD_TARGET: entry(
    'Odd file',
    'Something that is no file of ours stands where the picture belongs.',
    'Look at the folder; remove it.',
  ),
  IMAGE_PAGE_INSTEAD: entry('Page in place of a picture', 'Zoho answered with a page.', byItself),
  IMAGE_STORE: entry(
    'Picture not stored',
    'The folder of pictures cannot be written.',
    'Look at its rights and its disk.',
  ),
  LEASE_EXHAUSTED: entry(
    'Never finished',
    'The item was taken up again and again and never ended: it may end the process.',
    look,
  ),
  MASS_CHANGE: entry(
    'Mass change held',
    'More than a fifth of an entity would become zero, inactive or deleted in one run, or a document would empty a set of its record: the prices of a list, the stock of places, the lines of a document.',
    'Look at Zoho; if it is meant, run a full sync of the entity with --accept-mass-change.',
  ),
  PERMIT_MISSING: entry('Permit missing', 'Work began without a slot of the call budget.', byItself),
  QUEUE_MOVE_LOST: entry('Item moved meanwhile', 'Another process settled the item first.', byItself),
  QUEUE_ROW_SLIPPED: entry('Queue row made twice', 'Two steps asked for one record at the same instant.', byItself),
  RUN_LOST: entry('Run taken over', 'Another process took the run over.', byItself),
  RUN_STOPPED: entry('Run stopped', 'The run was stopped in order.', 'Start it again; it goes on where it stopped.'),
  SYNC_NO_SOURCE: entry('No source', 'The entity has nothing to read in this mode.', 'Use another mode.'),
  VIEW_UNKNOWN: entry('View unknown', 'A document is of a view its entity does not have.', look),
} satisfies Catalogue
