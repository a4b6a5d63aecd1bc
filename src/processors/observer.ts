import type { ClaimedItem } from '../queue/index.ts'
import type { Clock } from '../runtime/index.ts'
import type { WriteResult } from './types.ts'

/** Is told of what has been committed, for counters of this process. */
export interface WorkObserver {
  item(ended: {
    readonly entityType: string
    readonly result: string
    readonly waitSeconds: number
    readonly runSeconds: number
    readonly attempts: number | null
  }): void
  rows(table: string, op: 'insert' | 'update' | 'delete' | 'noop' | 'stale', count: number): void
}

/** @param isOver false for an attempt that is repeated */
export function tellEnded(
  { observer, clock }: { readonly observer?: WorkObserver | undefined; readonly clock: Clock },
  { item, result, isOver = true }: { readonly item: ClaimedItem; readonly result: string; readonly isOver?: boolean },
): void {
  observer?.item({
    entityType: item.entityType,
    result,
    waitSeconds: item.waitedMs / 1000,
    runSeconds: (clock.now() - Date.parse(item.claimedAt)) / 1000,
    attempts: isOver ? item.attempts : null,
  })
}

const ops = { inserted: 'insert', updated: 'update', deleted: 'delete' } as const

export function tellRows(
  { observer }: { readonly observer?: WorkObserver | undefined },
  table: string,
  results: readonly Pick<WriteResult, 'outcome' | 'change'>[],
): void {
  const opOf = ({ outcome, change }: Pick<WriteResult, 'outcome' | 'change'>) =>
    change ? ops[change] : outcome === 'stale' ? 'stale' : 'noop'
  for (const [op, own] of Map.groupBy(results, opOf)) observer?.rows(table, op, own.length)
}
