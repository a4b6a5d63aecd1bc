import type { EntityReport, Finding, VerifyReport } from '../sync/index.ts'
import { factWords, fieldWords, findingWords, kindWords, verdictWords } from '../sync/index.ts'
import { formatTable } from './table.ts'

/** Differences, and findings of a check, shown for each entity; the stored report has more. */
const shownEach = 10

/** The report for people: a table, then what differs and what contradicts itself, in words. */
export function verifyLines(report: VerifyReport): string[] {
  const { entities } = report
  return [
    ...formatTable(
      ['', 'in Zoho', 'here', 'list rows', 'details', 'values', 'differences', 'pending', 'findings'],
      entities.map((each) => [
        each.entity,
        each.source,
        each.here,
        each.listed,
        each.detailed,
        each.values,
        each.difference_count,
        each.pending,
        each.finding_count,
      ]),
    ),
    '',
    ...entities.flatMap(factWords),
    ...entities.flatMap(differenceLines),
    ...findingTable(entities),
    ...entities.flatMap(findingLines),
    verdictWords(report),
  ]
}

function differenceLines({ entity, differences, difference_count, requeued }: EntityReport): string[] {
  if (difference_count === 0) return []
  const lines = differences
    .slice(0, shownEach)
    .flatMap(({ kind, source_entity_id, fields = [] }) => [
      `  ${source_entity_id}: ${kindWords[kind]}`,
      ...fields.slice(0, shownEach).map((field) => `    ${fieldWords(field)}`),
      ...moreThan(fields.length, '    '),
    ])
  return [
    '',
    `${entity}:`,
    ...lines,
    ...moreThan(difference_count),
    ...(requeued > 0 ? [`  ${requeued} were enqueued to be read again`] : []),
    '',
  ]
}

const moreThan = (count: number, margin = '  '): string[] =>
  count > shownEach ? [`${margin}and ${count - shownEach} more`] : []

/** Which check of which entity found how many. */
function findingTable(entities: readonly EntityReport[]): string[] {
  const rows = entities.flatMap(({ entity, findings }) =>
    [...byCheck(findings)].map(([check, each]) => [entity, check, each[0]?.severity, each.length]),
  )
  if (rows.length === 0) return []
  return ['', ...formatTable(['contradictions', 'check', 'severity', 'listed'], rows), '']
}

const byCheck = (findings: readonly Finding[]) =>
  Map.groupBy(findings, ({ check, severity }) => (check === 'orphan' ? `${check}, ${severity}` : check))

function findingLines({ entity, findings }: EntityReport): string[] {
  return [...byCheck(findings)].flatMap(([check, each]) => [
    `${entity}, ${check}:`,
    ...each.slice(0, shownEach).map((finding) => `  ${findingWords(finding)}`),
    ...moreThan(each.length),
    '',
  ])
}
