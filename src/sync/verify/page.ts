import type { Difference, EntityReport, Finding, VerifyReport } from './types.ts'
import { factWords, fieldWords, findingWords, kindWords, verdictWords } from './words.ts'

/** Differences and findings that a page lists for each entity; the stored report has more. */
const shownEach = 200

/**
 * The report as one page that needs nothing else: no scripts, nothing loaded, everything escaped.
 * @param at when it was made
 */
export function verifyPage(report: VerifyReport, at: Date): string {
  const time = at.toISOString()
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>TDS verify, ${time}</title>
<style>${style}</style>
</head>
<body>
<h1>Mirror and Zoho</h1>
<p class="${report.ok ? 'good' : 'bad'}">${escaped(verdictWords(report))}</p>
<p><time datetime="${time}">${time}</time></p>
${summary(report.entities)}
${report.entities.map(details).join('')}
</body>
</html>
`
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 72rem; padding: 1rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #8884; padding: .3rem .6rem; text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: Canvas }
.good { color: #177a3c } .bad { color: #c22 } .warn { color: #a60 }
summary { cursor: pointer; font-weight: 600 }
li { overflow-wrap: anywhere }
`

function summary(entities: readonly EntityReport[]): string {
  const heads = ['', 'in Zoho', 'here', 'compared', 'differences', 'pending', 'findings']
  const rows = entities.map((each) => {
    const { source, here, listed, detailed, difference_count, pending, finding_count } = each
    const cells = [source, here, Math.max(listed, detailed), difference_count, pending, finding_count]
    const state = stateOf(each)
    return `<tr><td class="${state}">${escaped(each.entity)}</td>${cells.map((cell) => `<td>${shown(cell)}</td>`).join('')}</tr>`
  })
  return `<div class="scroll"><table>
<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>`
}

function stateOf({ difference_count, finding_errors, finding_count, pending, unread }: EntityReport): string {
  if (difference_count > 0 || finding_errors > 0 || unread) return 'bad'
  return finding_count > 0 || pending > 0 ? 'warn' : 'good'
}

const shown = (cell: number | null): string => (cell === null ? '–' : cell.toLocaleString('en-US'))

function details(report: EntityReport): string {
  const { entity, differences, difference_count, findings, finding_count, requeued } = report
  const facts = factWords(report)
  const parts = [
    facts.length > 0 ? list(facts.map(escaped), facts.length) : '',
    difference_count > 0 ? `<h3>Differences</h3>${list(differences.map(difference), difference_count)}` : '',
    requeued > 0 ? `<p>${requeued} were enqueued to be read again.</p>` : '',
    finding_count > 0 ? `<h3>Findings</h3>${list(findings.map(finding), finding_count)}` : '',
  ].join('')
  if (parts === '') return ''
  const isOpen = difference_count > 0 || finding_count > 0
  return `<details${isOpen ? ' open' : ''}><summary>${escaped(entity)}</summary>${parts}</details>\n`
}

function list(items: readonly string[], count: number): string {
  const listed = items.slice(0, shownEach).map((item) => `<li>${item}</li>`)
  const more = count > listed.length ? `<p>and ${count - listed.length} more</p>` : ''
  return `<ul>${listed.join('')}</ul>${more}`
}

function difference({ kind, source_entity_id, fields = [] }: Difference): string {
  const values =
    fields.length > 0 ? `<ul>${fields.map((field) => `<li>${escaped(fieldWords(field))}</li>`).join('')}</ul>` : ''
  return `${escaped(`${source_entity_id}: ${kindWords[kind]}`)}${values}`
}

const finding = (each: Finding): string =>
  `<span class="${each.severity === 'error' ? 'bad' : 'warn'}">${escaped(each.check)}</span> ${escaped(findingWords(each))}`

const entitiesOf: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => entitiesOf[sign] ?? sign)
