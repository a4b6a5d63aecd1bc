import type { Repairs } from './repairs.ts'
import type { VerifyRequest } from './run-rows.ts'
import type { VerifyRun, VerifyRunFilter, VerifyRunPage } from './runs.ts'
import type { EntityReport, VerifyOptions, VerifyReport } from './types.ts'

/** Comparisons as things: begun, watched, cancelled, looked up and acted upon. One runs at a time among all processes. */
export interface Verifications {
  /** Begins one in the background. @throws TdsError `VERIFY_RUNNING` `ENTITY_UNKNOWN` */
  start(request: VerifyRequest): Promise<VerifyRun>
  /** One to its end. @throws TdsError `VERIFY_RUNNING` `ENTITY_UNKNOWN`, and what kept Zoho from being read */
  run(
    request: VerifyRequest & Pick<VerifyOptions, 'signal' | 'onProgress'>,
  ): Promise<{ readonly run: VerifyRun; readonly report: VerifyReport }>
  list(
    filter: VerifyRunFilter & { readonly limit: number; readonly after?: string | undefined },
  ): Promise<VerifyRunPage>
  /** @throws TdsError `VERIFY_NOT_FOUND` */
  get(id: string): Promise<VerifyRun>
  /** The newest that ended. @throws TdsError `VERIFY_NOT_FOUND` */
  latest(entity?: string): Promise<VerifyRun>
  reports(id: string, entity?: string): Promise<readonly EntityReport[]>
  /** It ends within seconds, whichever process runs it. @throws TdsError `VERIFY_NOT_FOUND` `VERIFY_NOT_RUNNING` */
  cancel(
    id: string,
    author: { readonly actor: string; readonly reason: string; readonly requestId?: string | undefined },
  ): Promise<VerifyRun>
  readonly repairs: Repairs
  /** Marks what a process left behind, and works on repairs in the background. */
  openUp(): void
  /** Ends the one in hand as aborted. */
  close(): Promise<void>
}
