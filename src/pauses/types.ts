/**
 * Words of pauses:
 *
 * - *pause*: a person holds something back, with a name and a reason; it survives restarts and ends only by hand;
 * - *target*: what is held: all work that calls Zoho, runs by mode or entity, one run, or lanes of the queue.
 */
export type Target =
  | { readonly kind: 'zoho' }
  | { readonly kind: 'runs'; readonly mode?: string | undefined; readonly entityType?: string | undefined }
  | { readonly kind: 'run'; readonly runId: number }
  | { readonly kind: 'lane'; readonly lane?: Lane | undefined }

export const lanes = ['write', 'read', 'image'] as const
export type Lane = (typeof lanes)[number]

export interface Pause {
  /** `zoho`, `runs:<mode or *>:<entity or *>`, `run:<id>`, `lane:<lane or *>` */
  readonly target: string
  readonly kind: Target['kind']
  readonly mode: string | null
  readonly entity_type: string | null
  readonly run_id: number | null
  readonly lane: Lane | null
  readonly paused_at: Date
  readonly paused_by: string
  readonly reason: string
}

/** Who changes something, and why. */
export interface Change {
  readonly actor: string
  readonly reason: string
  readonly requestId?: string | undefined
}

export function keyOf(target: Target): string {
  if (target.kind === 'zoho') return 'zoho'
  if (target.kind === 'run') return `run:${target.runId}`
  if (target.kind === 'lane') return `lane:${target.lane ?? '*'}`
  return `runs:${target.mode ?? '*'}:${target.entityType ?? '*'}`
}

/** `full runs of products`, as people say it. */
export function wordsOf({ kind, mode, entity_type, run_id, lane }: Omit<Pause, 'paused_at'>): string {
  if (kind === 'zoho') return 'all work that calls Zoho'
  if (kind === 'run') return `run ${run_id}`
  if (kind === 'lane') return lane ? `the ${lane} lane of the queue` : 'the whole queue'
  return `${mode ? `${mode} runs` : 'all runs'}${entity_type ? ` of ${entity_type}` : ''}`
}
