import { wordsOf } from '../../pauses/index.ts'
import { reason } from '../reason.ts'
import type { Snapshot } from '../types.ts'
import type { Judgment } from './judgment.ts'

/** What people hold back, who did it, since when and why. */
export const pauseWords = ({ vitals }: Pick<Snapshot, 'vitals'>): string[] =>
  vitals.pauses.map((pause) => {
    const what = wordsOf(pause)
    const verb = /runs/.test(what) ? 'are' : 'is'
    return `${what} ${verb} paused by ${pause.paused_by} since ${pause.paused_at}: ${pause.reason}`
  })

/** Somebody wanted it so, and may have forgotten. */
export const paused: Judgment = (snapshot) => pauseWords(snapshot).map((words) => reason('paused', 'warning', words))
