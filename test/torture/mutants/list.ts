import type { Mutant } from './mutant.ts'
import { ofDoors } from './of-doors.ts'
import { ofIntake } from './of-intake.ts'
import { ofQueue } from './of-queue.ts'
import { ofRows } from './of-rows.ts'
import { ofSync } from './of-sync.ts'
import { ofZoho } from './of-zoho.ts'

/** Every promise, broken on purpose. */
export const mutants: readonly Mutant[] = [...ofIntake, ...ofQueue, ...ofRows, ...ofZoho, ...ofSync, ...ofDoors]
