import { type Db, inTransaction } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { errorCode } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import type { LockedOut } from './lockout.ts'

export interface LockoutTrailDeps {
  readonly db: Db
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Logger, 'warn'>
  /** Counts it. */
  readonly onLocked: () => void
}

/** The trail is kept for ever, so strangers may not fill it; what goes beyond is logged and counted. */
export const mostLinesAnHour = 100

/** Tells the log, the figures and the trail of each lock-out. No request waits for it. */
export function createLockoutTrail({ db, clock, log, onLocked }: LockoutTrailDeps): (locked: LockedOut) => void {
  let hour = 0
  let written = 0
  return (locked) => {
    onLocked()
    log.warn(locked, 'an address that tries wrong keys is not listened to for a while')
    const now = Math.floor(clock.now() / 3_600_000)
    if (now !== hour) [hour, written] = [now, 0]
    if (written >= mostLinesAnHour) return
    written += 1
    write(db, locked).catch((error: unknown) =>
      log.warn({ code: errorCode(error), address: locked.address }, 'a lock-out could not be written to the trail'),
    )
  }
}

const write = (db: Db, { address, tries, seconds, times }: LockedOut): Promise<void> =>
  inTransaction(db, (tx) =>
    record(tx, {
      actor: 'guard',
      action: 'address.lock',
      subject: `address ${address}`,
      reason: `${tries} wrong keys within five minutes`,
      affected: 1,
      after: { seconds, times },
    }),
  )
