import type { Selectable } from 'kysely'
import type { Database } from '../../../db/index.ts'
import type { Estimate, EstimateDeps } from '../../costs/index.ts'
import type { VerifyDeps } from './types.ts'

/** Records to be read again, named one by one: a preview until somebody confirms it. */
export type Repair = Selectable<Database['tds_verify_repairs']>

export interface RepairSample {
  readonly entity_type: string
  readonly source_entity_id: string
  /** What is wrong with it: a kind of difference, `unlinked`, or `parent`, which rows name and which is not here. */
  readonly kind: string
}

export interface RepairRequest {
  /** Of the comparison. */
  readonly runId: string
  /** Confirms exactly the set of that preview. */
  readonly previewId?: string | undefined
  /** Names the batch; one that was confirmed before is answered again and not repeated. */
  readonly batchId?: string | undefined
  readonly dryRun: boolean
  readonly reason: string
  readonly actor: string
  readonly requestId?: string | undefined
}

export interface RepairAnswer {
  /** Records of the set. */
  readonly count: number
  /** null: nothing was enqueued. */
  readonly batch_id: string | null
  readonly samples: readonly RepairSample[]
  readonly frozen_at: Date
  readonly preview_id?: string
  readonly estimate?: Estimate
  readonly state?: RepairState
}

export type RepairState = 'preview' | 'running' | 'done' | 'cancelled'

export interface RepairsDeps extends EstimateDeps, Pick<VerifyDeps, 'db' | 'enqueue' | 'wake'> {
  readonly entities: VerifyDeps['entities']
}
