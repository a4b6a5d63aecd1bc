import type { FolderFact } from '../read/folders.ts'
import { duration, type Grade, graded, reason } from '../reason.ts'
import type { Here, Snapshot } from '../types.ts'
import type { LocalJudgment } from './judgment.ts'

export const folders: LocalJudgment = (here, snapshot) =>
  here.folders.flatMap((folder) => {
    const fault = faultOf(folder, snapshot)
    if (fault) return [reason('folder_unusable', gravity(folder, snapshot), `The ${folder.name} folder ${fault}`)]
    return fullness(folder, here)
  })

/** A folder is made when first needed, so one that was never there is no fault. */
function faultOf({ name, state }: FolderFact, snapshot: Snapshot | undefined): string | undefined {
  const hasPictures = (snapshot?.pictures.present ?? 0) > 0
  if (state === 'gone' || (state === 'absent' && name === 'image' && hasPictures)) return 'is gone'
  if (state === 'not_a_folder') return 'is no folder any more'
  if (state === 'not_writable') return 'cannot be written to'
  if (state === 'silent') return 'does not answer'
  return undefined
}

/** Without the spool webhooks are kept as long as the database is there. */
const gravity = ({ name }: FolderFact, snapshot: Snapshot | undefined): Grade =>
  name === 'spool' && snapshot ? 'warning' : 'critical'

function fullness({ name, freePercent }: FolderFact, { thresholds: { disk_free_percent: least } }: Here) {
  if (freePercent === null || freePercent >= least.warning) return []
  const severity = freePercent < least.critical ? 'critical' : 'warning'
  return [reason('disk_full', severity, `${freePercent} % of the disk of the ${name} folder is free`)]
}

/** While the database is away that is what the spool is for. */
export const spool: LocalJudgment = ({ spool, thresholds }, snapshot) =>
  snapshot && spool
    ? graded(
        'spool_waiting',
        spool.oldestSeconds,
        thresholds.spool_seconds,
        (age) =>
          `Webhooks have been in the spool for ${duration(age)} (${spool.bytes} bytes) though the database answers`,
      )
    : []

/** It answers questions and takes nothing: read-only, full, a lock, a missing column. Where it does not answer, that is told. */
export const refusing: LocalJudgment = ({ spool }, snapshot) =>
  snapshot && spool && spool.refusedBy !== null
    ? [
        reason(
          'database_refuses',
          'warning',
          `The database answers but takes no webhooks (${spool.refusedBy}); they are kept in the spool meanwhile`,
        ),
      ]
    : []

/** What is in them was acknowledged: somebody must look at what was lost, and then take them away. */
export const damage: LocalJudgment = ({ spool }) =>
  spool && spool.damaged > 0
    ? [reason('spool_damaged', 'warning', `${spool.damaged} file(s) of the spool were damaged and are set aside`)]
    : []
