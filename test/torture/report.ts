import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Figures, Scale } from './trial.ts'

export interface TrialReport {
  readonly trial: string
  readonly seconds: number
  readonly figures: Figures
  /** What went wrong, in words; absent where nothing did. */
  readonly failure?: string
}

export interface Report {
  readonly seed: number
  readonly scale: Scale
  readonly at: string
  readonly trials: readonly TrialReport[]
}

/** A line for each trial. */
export function linesOf({ trials }: Report): string[] {
  return trials.map(({ trial, seconds, figures, failure }) => {
    const done = Object.entries(figures).map(([what, count]) => `${count.toLocaleString('en')} ${what}`)
    return `${failure === undefined ? 'ok  ' : 'FAIL'} ${trial.padEnd(10)} ${String(seconds).padStart(5)} s  ${failure?.split('\n')[0] ?? done.join(', ')}`
  })
}

/** Kept for docs/guarantees.md; a part of the trials under a name of its own. @returns the file */
export async function keep(report: Report, isWhole: boolean): Promise<string> {
  const folder = fileURLToPath(new URL('../../.tds/torture/', import.meta.url))
  await mkdir(folder, { recursive: true })
  const file = `${folder}${report.scale}-${report.seed}${isWhole ? '' : '-part'}.json`
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`)
  return file
}
