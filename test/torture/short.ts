import type { Test } from 'tap'
import { sharedServer } from '../helpers/database.ts'
import type { Trial } from './trial.ts'

/** A trial as `npm test` runs it: short, and always with the same seed; it throws what is wrong. */
export async function inShort(t: Test, trial: Trial, seed = 20_251_001): Promise<void> {
  const print = (line: string) => t.comment(line)
  const figures = await trial.run({
    seed,
    scale: 'short',
    server: await sharedServer(),
    signal: new AbortController().signal,
    print,
  })
  t.comment(figures)
  t.ok(Object.values(figures).some((count) => count > 0))
}
