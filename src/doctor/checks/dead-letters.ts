import { type Check, ok, problem, warning } from '../types.ts'

/** What failed for good, by its cause. */
export const deadLetters: Check = {
  name: 'dead-letters',
  needs: 'database',
  anchor: 'dead-letters',
  async look({ causes }) {
    const groups = await causes()
    const total = groups.reduce((sum, { count }) => sum + count, 0)
    if (total === 0) return [ok('none is open')]
    const finding = total > 20 ? problem : warning
    return groups
      .slice(0, 5)
      .map(({ count, sentence }) =>
        finding(`${count} × ${sentence}`, 'npm run tds -- dlq groups says what to do; requeue with --dry-run first'),
      )
  },
}
