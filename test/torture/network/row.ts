import type { Db } from '../../../db/index.ts'
import type { Config } from '../../../src/config.ts'
import type { ReasonCode } from '../../../src/monitor/reason-catalogue.ts'
import type { Timing } from '../../../src/zoho/index.ts'
import type { Random } from '../../simulator/random.ts'
import type { FaultProxy } from '../fault-proxy.ts'
import type { Incarnation } from '../incarnation.ts'
import type { World } from '../world.ts'
import type { Foreigner } from './foreigner.ts'

/** A TDS that mirrors its Zoho and is on its way to it through a network that may be bad. */
export interface Stage {
  readonly simulator: World['simulator']
  readonly proxy: FaultProxy
  /** A host that is not Zoho's: whoever comes there has lost his way. */
  readonly foreigner: Foreigner
  readonly db: Db
  readonly connectionString: string
  readonly life: Incarnation
  readonly random: Random
  /** The environment without the bad network. */
  readonly env: Record<string, string>
  /** Edits, new and deleted records, told by webhooks that must all be taken. */
  happen(changes: number): Promise<number>
  /** An edit of one record, told. */
  edit(resource: string, id?: string): Promise<string>
  close(): Promise<void>
}

/** What TDS owes to what happens. */
export type Duty =
  /** Tried again by itself, nothing else. */
  | 'retry'
  /** Nothing is called until the time that was named, or known, has come. */
  | 'wait'
  /** Everything waits for a person at Zoho, and goes on by itself after what he did. */
  | 'pause'
  /** A person is asked about the record, and about no other. */
  | 'dead letter'
  /** The record is gone. */
  | 'tombstone'
  /** It does not matter. */
  | 'nothing'

/** Something wrong that has begun. */
export interface Fault {
  /** How often it was met, as those count who do it. */
  met(): number
  clear(): void | Promise<void>
}

/** One line of the table of what Zoho and the network can do. */
export interface Row {
  readonly name: string
  /** The line of the API's error table that it is: `HTTP/code`. */
  readonly zoho?: string
  /** Codes of ours that must be seen on calls, items, runs or the token while it lasts. */
  readonly codes: readonly string[]
  readonly duty: Duty
  /** The reason health gives, and its words. */
  readonly shows?: { readonly code: ReasonCode; readonly words: RegExp }
  /** Calls that may meet it. @default 1 */
  readonly costs?: number
  /** Times it must be met. @default 1 */
  readonly least?: number
  /** Access tokens it may cost. @default 1 */
  readonly tokens?: number
  /** 429 replies are what it is about; in every other row there must be none. */
  readonly refuses?: true
  /** From its end until the last item is done. @default 30_000 */
  readonly withinMs?: number
  /** No part of a pair. */
  readonly alone?: true
  /** Takes minutes of real time. */
  readonly slow?: true
  /** Where a sixtieth of the real pauses is not what it is about. */
  readonly timing?: Partial<Timing>
  readonly env?: (stage: Pick<Stage, 'simulator'>) => Record<string, string>
  readonly configure?: (config: Config, stage: Pick<Stage, 'simulator' | 'proxy'>) => Config
  readonly begin: (stage: Stage) => Fault | Promise<Fault>
  /** While it stands, once it was met and seen. */
  readonly during?: (stage: Stage) => Promise<void>
  /** What its duty leaves to others, once it is over. */
  readonly after?: (stage: Stage) => Promise<void>
}
