// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lines of other files, as they stand there
import type { Mutant } from './mutant.ts'

/** A run says it is complete when it is, and empties no mirror. */
export const ofSync: readonly Mutant[] = [
  {
    name: 'mass-change-guard-off',
    breaks: 'a run that would empty the mirror is held',
    file: 'src/sync/guard.ts',
    from: '    if (accept || count < least || count <= of * share) return',
    to: '    if (count >= 0) return',
    tests: ['test/sync/guard.test.ts'],
  },
  {
    name: 'incomplete-run-completes',
    breaks: 'a run that did not see the last page deletes nothing and moves no cursor',
    file: 'src/sync/sync.ts',
    from: "    await endRun(db, opened, processId, { status: code === 'MASS_CHANGE' ? 'held' : 'incomplete', error })",
    to: '    await finishReading(db, opened, processId)',
    tests: ['test/sync/incomplete.test.ts'],
  },
  {
    name: 'place-moves-before-its-page',
    breaks: 'a run goes on at the page it had reached',
    file: 'src/sync/sync.ts',
    from: '      await inSerialOrder(() => db.transaction().execute((tx) => takeSlice(tx, opened, slice, processId)))',
    to: '      await takeSlice(db as never, opened, slice, processId)',
    tests: ['test/sync/abandoned.test.ts'],
  },
  {
    name: 'lost-runs-go-on',
    breaks: 'a run belongs to one process at a time',
    file: 'src/sync/runs.ts',
    from: "      lease_until = ${leaseUntil}\n    where id = ${run.id} and owner = ${processId} and status = 'running'",
    to: "      lease_until = ${leaseUntil}\n    where id = ${run.id} and status = 'running'",
    tests: ['test/sync/abandoned.test.ts'],
  },
  {
    name: 'lost-runs-are-ended',
    breaks: 'a process that lost a run does not end it for its next owner',
    file: 'src/sync/runs.ts',
    from: "      where id = ${run.id} and owner = ${processId} and status = 'running'\n      returning id\n    )",
    to: "      where id = ${run.id} and status = 'running'\n      returning id\n    )",
    tests: ['test/sync/abandoned.test.ts'],
  },
  {
    name: 'settled-before-its-items',
    breaks: 'a run is settled when all its items are terminal',
    file: 'src/sync/runs.ts',
    from: "        status = case when fetched = written + unchanged + stale + skipped + failed then 'settled' else 'read' end,",
    to: "        status = 'settled',",
    tests: ['test/sync/settled.test.ts'],
  },
  {
    name: 'no-overlap',
    breaks: 'an edit that became visible late is found by the next incremental run',
    file: 'src/sync/plan.ts',
    from: '    const overlapped = since ? new Date(since.getTime() - overlapMs) : undefined',
    to: '    const overlapped = since ? new Date(since.getTime() + 1000) : undefined',
    tests: ['test/sync/strategy.test.ts'],
  },
  {
    name: 'nobody-looks-for-the-missing',
    breaks: 'missed deletes are found',
    file: 'src/sync/plan.ts',
    from: "(['missing'] as const))",
    to: '[])',
    tests: ['test/sync/incomplete.test.ts'],
  },
  {
    name: 'stale-mirror-is-healthy',
    breaks: 'a stale mirror never reports healthy',
    file: 'src/monitor/judgments/freshness.ts',
    from: '      age - everySeconds,',
    to: '      0 * (age - everySeconds),',
    tests: ['test/monitor/verdict.test.ts'],
  },
]
