import type { OpenDatabase } from '../../db/index.ts'
import type { Config } from '../config.ts'
import type { Entities } from '../entities/index.ts'
import type { Logger } from '../log.ts'
import type { Clock } from '../runtime/index.ts'
import type { Timing } from '../zoho/index.ts'

/** What every room may be handed. */
export interface Core {
  readonly config: Config
  readonly log: Logger
  readonly clock: Clock
  readonly processId: string
  readonly version: string
  readonly database: OpenDatabase
  readonly entities: Entities
  /** Shorter pauses towards Zoho, for tests. */
  readonly zohoTiming?: Partial<Timing> | undefined
}
