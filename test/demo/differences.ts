import type { Run } from '../../src/sync/index.ts'
import type { Figures } from './figures.ts'

/** Why the mirror is not what Zoho is, in words. What is left to the backfill is late, not different. */
export function differencesOf(figures: Figures, runs: readonly Run[], unfinished: number): readonly string[] {
  const { entities, lines, pictures, expectedPictures, calls } = figures
  return [
    ...runs
      .filter((run) => run.status !== 'settled')
      .map((run) => `the ${run.mode} run of ${run.entity_type} is ${run.status}: ${run.error_message ?? 'no reason'}`),
    ...entities.flatMap(({ entity, here, inZoho }) => unequal(entity, inZoho, here)),
    ...lines
      .filter(({ due, here, inZoho }) => due === 0 || here > inZoho)
      .flatMap(({ table, here, inZoho }) => unequal(table, inZoho, here)),
    ...entities.filter(({ failed }) => failed > 0).map(({ entity, failed }) => `${entity}: ${failed} dead letters`),
    ...unequal('images present', expectedPictures.good, pictures.present),
    ...unequal('images broken at the source', expectedPictures.broken, pictures.broken),
    ...unequal('images refused', expectedPictures.refused, pictures.refused),
    ...unequal('replies with 429', 0, calls.refused),
    ...unequal('unfinished queue items', 0, unfinished),
  ]
}

const unequal = (what: string, expected: number, found: number): string[] =>
  expected === found ? [] : [`${what}: ${found} here instead of ${expected}`]
