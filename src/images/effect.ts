import { applyFinding, type Finding } from './apply.ts'
import type { Fact, ImageEffect } from './types.ts'

export interface EffectOptions {
  readonly finding: Finding
  /** The fact the rows held before. */
  readonly before: Fact | undefined
  readonly discard: (fileName: string) => Promise<void>
}

/** A finding as the worker applies it: rows in its transaction, the replaced file once that is committed. */
export function effectOf({ finding, before, discard }: EffectOptions): ImageEffect {
  const { fact } = finding
  const kept = fact.status === 'present' ? fact.fileName : undefined
  const replaced = before?.status === 'present' && before.fileName !== kept ? before.fileName : undefined
  // Not a failure of ours: what Zoho has is no picture we may show, and the row says why.
  const unusable = fact.status !== 'present' && fact.version !== null ? fact : undefined
  let applied: boolean | undefined
  return {
    get outcome() {
      if (applied === false) return 'stale'
      return unusable ? 'skipped' : 'written'
    },
    ...(unusable && { reason: reasonOf(unusable) }),
    async apply(tx) {
      applied = await applyFinding(tx, finding)
    },
    async afterCommit() {
      if (applied && replaced) await discard(replaced)
    },
  }
}

const reasonOf = ({ status, reason }: Fact & { reason: string | null }): string =>
  `image ${status.replace('_', ' ')}: ${reason ?? 'no reason recorded'}`
