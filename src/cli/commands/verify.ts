import { writeFile } from 'node:fs/promises'
import { defineCommand, usageError } from '../command.ts'
import { createProgress } from '../progress.ts'
import { withContext } from '../session.ts'
import { verifyPage } from '../verify-html.ts'
import { verifyLines } from '../verify-report.ts'

export const verify = defineCommand({
  name: 'verify',
  summary: 'compare the mirror with Zoho; 1 when something differs or contradicts itself',
  usage: '[entity…] [--repair] [--all-fields] [--sample <n>] [--html <file>]',
  about: `Compares every list row by hash and by typed columns, the details of some records field by field, lines and all,
and every image file by its sha256. What differs is read once more before it counts. Then it asks the mirror itself: do
documents add up, do payments and balances agree, does every line find its item. Warnings alone end with 0.`,
  options: {
    repair: { type: 'boolean', about: 'have what differs and what is missing read again, and wait for it' },
    'all-fields': { type: 'boolean', about: 'the details of every record, not of a sample' },
    sample: { type: 'string', value: 'n', about: 'how many details of an entity to read; 20 without' },
    html: { type: 'string', value: 'file', about: 'write the report there as a page as well' },
  },
  async run({ positionals, values, ...terminal }) {
    const sample = sizeOf(values.sample)
    const { out, signal } = terminal
    return withContext(terminal, { kind: values.repair ? 'working' : 'reading' }, async (ctx) => {
      const progress = createProgress(out.stderr, ctx.clock)
      const report = await ctx.verify.run({
        entityTypes: positionals,
        repair: values.repair ?? false,
        everyField: values['all-fields'] ?? false,
        sample,
        signal,
        onProgress: ({ entity, done, expected }) => progress.update(entity, { read: done, settled: done, expected }),
      })
      for (const line of verifyLines(report)) out.line(line)
      if (values.html) await writeFile(values.html, verifyPage(report, new Date(ctx.clock.now())))
      if (report.entities.some(({ requeued }) => requeued > 0)) {
        await ctx.verify.repaired(report, signal)
        out.line('What was enqueued has ended; verify again to see that nothing differs any more.')
      }
      out.document(report)
      return report.ok ? 0 : 1
    })
  },
})

function sizeOf(text: string | undefined): number {
  const size = text === undefined ? 20 : Number(text)
  if (!Number.isInteger(size) || size < 0) throw usageError(`--sample wants a whole number, not ${text}`)
  return size
}
