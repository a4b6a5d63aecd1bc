import { TdsError } from '../errors.ts'

export type Status = 'pending' | 'processing' | 'completed' | 'failed' | 'dead_letter'

/** Every legal move of a queue row; the SQL of claim, settle and rescue makes only these. */
export const moves = {
  claim: { from: ['pending', 'failed'], to: 'processing' },
  complete: { from: ['processing'], to: 'completed' },
  again: { from: ['processing'], to: 'pending' },
  snooze: { from: ['processing'], to: 'pending' },
  fail: { from: ['processing'], to: 'failed' },
  bury: { from: ['processing'], to: 'dead_letter' },
  rescue: { from: ['processing'], to: 'pending' },
  drop: { from: ['pending', 'failed'], to: 'completed' },
} as const satisfies Record<string, { from: readonly Status[]; to: Status }>

/** A move must touch exactly the rows it named; anything else means the caller no longer holds them. */
export function mustMove(move: keyof typeof moves, named: number, touched: number): void {
  if (named === touched) return
  throw new TdsError('QUEUE_MOVE_LOST', 'transient', `The move ${move} named ${named} row(s) and touched ${touched}`)
}
