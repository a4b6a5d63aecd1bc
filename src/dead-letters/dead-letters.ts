import { createLoop } from '../runtime/index.ts'
import { advance } from './advance.ts'
import { type Author, type Batch, cancel, getBatch } from './batches.ts'
import { type GroupPage, listGroups } from './groups.ts'
import { type DeadLetterPage, getLetter, listLetters } from './list.ts'
import { finish, type RequeueAnswer, type RequeueRequest, requeue } from './requeue.ts'
import { type ResolveAnswer, type ResolveRequest, resolveMany, resolveOne } from './resolve.ts'
import { readStory, type Story } from './story.ts'
import type { DeadLetter, DeadLetterFilter, DeadLettersDeps } from './types.ts'

export interface DeadLetters {
  list(
    filter: DeadLetterFilter & { readonly limit: number; readonly after?: number | undefined },
  ): Promise<DeadLetterPage>
  /** @throws TdsError `DLQ_NOT_FOUND` */
  get(id: number): Promise<DeadLetter>
  /** What happened to the letter's record. */
  story(letter: DeadLetter, options: { readonly payload: boolean }): Promise<Story>
  groups(page: { readonly limit: number; readonly after?: number | undefined }): Promise<GroupPage>
  /**
   * Every open letter of the choice gets its record read again and resolves itself when that succeeds. Large sets go on
   * in the background of a running service, or by `finish`.
   * @throws TdsError `DLQ_NOTHING_CHOSEN` `DLQ_BATCH_NOT_FOUND`
   */
  requeue(request: RequeueRequest): Promise<RequeueAnswer>
  resolve(id: number, options: { readonly note: string; readonly actor: string }): Promise<void>
  resolveMany(request: ResolveRequest): Promise<ResolveAnswer>
  batches: {
    /** @throws TdsError `DLQ_BATCH_NOT_FOUND` */
    get(id: string): Promise<Batch>
    /** @throws TdsError `DLQ_BATCH_NOT_FOUND` `DLQ_BATCH_NOT_RUNNING` */
    cancel(id: string, author: Author): Promise<Batch>
    finish(
      id: string,
      options: { readonly signal: AbortSignal; readonly onProgress?: (batch: Batch) => void },
    ): Promise<Batch>
  }
  /** Works on batches in the background. */
  start(): void
  stop(): Promise<void>
}

/** Other processes confirm batches, too; ours are begun at once. */
const lookEveryMs = 30_000

/** The failures that wait for a person: looked at, requeued (read again from Zoho) or resolved with a note. */
export function createDeadLetters(deps: DeadLettersDeps): DeadLetters {
  const { db, clock, onError, onWork } = deps
  const loop = createLoop({ name: 'dead-letter-batches', clock, onError, errorRestMs: 5_000, pass })
  return {
    list: (filter) => listLetters(db, filter),
    get: (id) => getLetter(db, id),
    story: (letter, options) => readStory(deps, letter, options),
    groups: (page) => listGroups(db, page),
    async requeue(request) {
      const answer = await requeue(deps, request)
      if (answer.state === 'running') loop.nudge()
      return answer
    },
    resolve: (id, options) => resolveOne(db, id, options),
    resolveMany: (request) => resolveMany(db, request),
    batches: {
      get: (id) => getBatch(db, id),
      cancel: (id, author) => cancel(db, id, author),
      finish: (id, options) => finish(deps, id, options),
    },
    start: () => loop.start(),
    stop: () => loop.stop(),
  }

  async function pass(): Promise<number> {
    if (!(await advance(deps))) return lookEveryMs
    onWork()
    return 0
  }
}
