import type { Db } from '../../db/index.ts'
import { inputError } from '../errors.ts'
import type { Change, Pause, Pauses } from '../pauses/index.ts'
import { type Depth, readDepth } from './depth.ts'
import { type LiveItem, type LiveItemFilter, listLive } from './list.ts'
import type { Lane } from './types.ts'

/** What people see of the queue, and the one thing they do with it as a whole. */
export interface QueueDesk {
  list(
    filter: LiveItemFilter & { readonly limit: number; readonly after?: number | undefined },
  ): Promise<{ items: readonly LiveItem[]; total: number; next: number | null }>
  depth(): Promise<Depth>
  /** Pauses that keep lanes from claiming. */
  pauses(): Promise<readonly Pause[]>
  /** Nothing more is claimed, of one lane or of all; what is in work ends. */
  pause(lane: Lane | undefined, change: Change): Promise<Pause>
  /** @throws TdsError `NOT_PAUSED` */
  resume(lane: Lane | undefined, change: Change): Promise<void>
}

export function createQueueDesk({ db, pauses }: { readonly db: Db; readonly pauses: Pauses }): QueueDesk {
  return {
    list: (filter) => listLive(db, filter),
    depth: () => readDepth(db),
    pauses: async () => (await pauses.list()).filter(({ kind }) => kind === 'lane' || kind === 'zoho'),
    pause: (lane, change) => pauses.pause({ kind: 'lane', lane }, change),
    async resume(lane, change) {
      if ((await pauses.resume({ kind: 'lane', lane }, change)) === 0)
        throw inputError('NOT_PAUSED', `The ${lane ? `${lane} lane` : 'queue as a whole'} is not paused`, 409)
    },
  }
}
