import type { ActionName, HealingDeps, Pass, PassOptions } from '../types.ts'
import { outages, parents, permissions } from './causes.ts'
import { createLetterPass } from './dead-letters.ts'
import { createFilesPass } from './missing-files.ts'
import { createTokenPass } from './token.ts'
import { createGapsPass } from './verify-gaps.ts'

export type RunPass = (options: PassOptions) => Promise<Pass>

/** The actions that look for themselves; the others are repaired by the rooms that notice them. */
export function createPasses(deps: HealingDeps): ReadonlyMap<ActionName, RunPass> {
  return new Map<ActionName, RunPass>([
    ['token', createTokenPass(deps)],
    ['dead-letters-outage', createLetterPass(deps, 'dead-letters-outage', outages)],
    ['dead-letters-permission', createLetterPass(deps, 'dead-letters-permission', permissions)],
    ['dead-letters-parent', createLetterPass(deps, 'dead-letters-parent', parents)],
    ['missing-files', createFilesPass(deps)],
    ['verify-gaps', createGapsPass(deps)],
  ])
}
