import type { Severity } from '../../sync/index.ts'
import { defineCommand, usageError } from '../command.ts'
import { withContext } from '../session.ts'
import { formatTable } from '../table.ts'

const severities: readonly Severity[] = ['info', 'warning', 'error']

export const validate = defineCommand({
  name: 'validate',
  summary: 'ask the mirror itself whether its rows are plausible, without a call; 1 when a rule of errors is broken',
  usage: '[rule…] [--severity <word>] [--entity <name>] [--limit <n>] [--rules]',
  about: `Prices and stock below zero, dinar prices that look like dollars, SKUs of two products, orphans, totals, pictures that
are not on disk. What it finds is kept: the same as POST /api/tds/findings/validate and GET /api/tds/findings.
Findings that somebody accepted are not shown and do not count.`,
  options: {
    rules: { type: 'boolean', about: 'only say which rules there are' },
    severity: { type: 'string', value: 'word', about: 'show findings of error, warning or info only' },
    entity: { type: 'string', value: 'name', about: 'show findings of one entity only' },
    limit: { type: 'string', value: 'n', about: 'how many findings to show; 20 without' },
  },
  async run({ positionals, values, ...terminal }) {
    const { out, signal } = terminal
    const severity = severities.find((each) => each === values.severity)
    if (values.severity !== undefined && !severity)
      throw usageError(`--severity wants ${severities.join(', ')}, not ${values.severity}`)
    const limit = Number(values.limit ?? 20)
    if (!Number.isInteger(limit) || limit < 1) throw usageError(`--limit wants a whole number, not ${values.limit}`)
    return withContext(terminal, { kind: values.rules ? 'bare' : 'reading' }, async ({ findings }) => {
      if (values.rules) {
        for (const line of formatTable(
          ['rule', 'severity'],
          findings.rules.map((each) => [each.code, each.severity]),
        ))
          out.line(line)
        out.document(findings.rules)
        return 0
      }
      const chosen = positionals.length > 0 ? { rules: positionals } : {}
      const validation = await findings.validate({ ...chosen, actor: 'cli', signal })
      const counts = (await findings.counts()).filter(
        ({ rule }) => positionals.length === 0 || positionals.includes(rule),
      )
      const heads = ['', 'entity', 'severity', 'open', 'accepted']
      const rows = counts.map((each) => [each.rule, each.entity_type, each.severity, each.open, each.accepted])
      if (rows.length > 0) for (const line of [...formatTable(heads, rows), '']) out.line(line)
      const { items, total } = await findings.list({
        severity,
        entity_type: values.entity,
        ...(positionals.length === 1 && { rule: positionals[0] }),
        limit,
      })
      for (const each of items) {
        const place = [each.entity_type, each.source_entity_id, each.part].filter(Boolean).join(' ')
        out.line(
          `${each.id} ${each.severity} ${place}: ${each.message}: ${each.expected} expected, ${each.found} found`,
        )
      }
      if (total > items.length) out.line(`and ${total - items.length} more`)
      const failed = validation.rules.filter(({ error }) => error !== null)
      for (const { rule, error } of failed) out.line(`${rule} could not be asked: ${error}`)
      out.line(`${validation.rules.length} rules: ${validation.opened} new, ${validation.resolved} over.`)
      out.document({ ...validation, counts, items, total })
      return failed.length > 0 || counts.some((each) => each.severity === 'error' && each.open > 0) ? 1 : 0
    })
  },
})
