import type { Plan } from '../sync/index.ts'
import { duration } from './bar.ts'
import { formatTable } from './table.ts'

/** How the day's calls are divided and when the history will be here, in tables. */
export function planLines({ products, entities, timetable }: Plan): string[] {
  const waiting = entities.filter(({ pending }) => pending > 0)
  return [
    ...formatTable(
      ['calls a day', 'limit', 'used', 'left', 'reserve', 'timetable', 'backfill', 'stretch'],
      Object.entries(products).map(([product, day]) => [
        product,
        day.day_limit,
        day.day_used,
        day.day_left,
        day.reserve,
        day.timetable,
        day.backfill,
        `× ${day.stretch}`,
      ]),
    ),
    '',
    ...(waiting.length === 0
      ? ['No document waits to be read.']
      : formatTable(
          ['documents', 'waiting', 'queued', 'newest', 'oldest', 'a day', 'now', 'complete on'],
          waiting.map((each) => [
            each.entity,
            each.pending,
            each.queued,
            each.newest,
            each.oldest,
            each.share_per_day,
            each.allowed_now,
            each.finish_date,
          ]),
        )),
    '',
    ...formatTable(
      ['task', 'calls', 'a day', 'every', ''],
      timetable.map((each) => [
        each.task,
        each.calls,
        each.runs_a_day,
        duration(each.every_seconds),
        each.fits ? '' : 'rarer than planned',
      ]),
    ),
  ]
}
