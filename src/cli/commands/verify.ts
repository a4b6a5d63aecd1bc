import { defineCommand, usageError } from '../command.ts'
import { runVerify } from './verify/run.ts'
import { cancelRun, listRuns, repairRun, showRun } from './verify/runs.ts'

export const verify = defineCommand({
  name: 'verify',
  summary: 'compare the mirror with Zoho; 1 when something differs or contradicts itself',
  usage:
    '[entity…] [--repair] [--all-fields] [--sample <n>] [--html <file>] | list [entity] | show <id|latest> | cancel <id> | repair <id|latest> [--dry-run] [--preview <id>] [--reason <text>]',
  about: `Compares every list row by hash and by typed columns, the details of some records field by field, lines and all,
and every image file by its sha256. What differs is read once more before it counts. Then it asks the mirror itself: do
documents add up, do payments and balances agree, does every line find its item. Warnings alone end with 0.
One comparison runs at a time, here or in the service.

list     comparisons that were begun, newest first, and how they ended
show     the report of one
cancel   ends the one that runs, in whichever process
repair   has what one found different read again; --dry-run only counts it and says what it costs`,
  options: {
    repair: { type: 'boolean', about: 'have what differs and what is missing read again, and wait for it' },
    'all-fields': { type: 'boolean', about: 'the details of every record, not of a sample' },
    sample: { type: 'string', value: 'n', about: 'how many details of an entity to read; 20 without' },
    html: { type: 'string', value: 'file', about: 'write the report there as a page as well; with show, too' },
    'dry-run': { type: 'boolean', about: 'repair: freeze the set, count it and say what it costs' },
    preview: { type: 'string', value: 'id', about: 'repair: exactly the records of that dry run' },
    reason: { type: 'string', value: 'text', about: 'for the audit trail' },
    limit: { type: 'string', value: 'n', about: 'list: how many; 20 without' },
  },
  async run({ positionals, values, ...terminal }) {
    const [verb = '', id = ''] = positionals
    const reason = values.reason ?? 'on the command line'
    if (verb === 'list')
      return listRuns(terminal, { entity: positionals[1], limit: numberOf('--limit', values.limit, 20) })
    if (verb === 'show') return showRun(terminal, wanted(id), values.html)
    if (verb === 'cancel') return cancelRun(terminal, wanted(id), reason)
    if (verb === 'repair') {
      const { preview, 'dry-run': dryRun = false } = values
      return repairRun(terminal, wanted(id), { previewId: preview, dryRun, reason })
    }
    return runVerify(terminal, {
      entityTypes: positionals,
      repair: values.repair ?? false,
      everyField: values['all-fields'] ?? false,
      sample: numberOf('--sample', values.sample, 20),
      html: values.html,
      reason: values.reason,
    })
  },
})

function wanted(id: string): string {
  if (id === 'latest' || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return id
  throw usageError(`${id || 'Nothing'} is no id of a comparison; "verify list" shows them`)
}

function numberOf(option: string, text: string | undefined, otherwise: number): number {
  const size = text === undefined ? otherwise : Number(text)
  if (!Number.isInteger(size) || size < 0) throw usageError(`${option} wants a whole number, not ${text}`)
  return size
}
