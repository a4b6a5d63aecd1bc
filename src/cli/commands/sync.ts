import { nearest } from '../../config.ts'
import { readDepth } from '../../queue/index.ts'
import type { Mode } from '../../sync/index.ts'
import { defineCommand, usageError } from '../command.ts'
import { createProgress } from '../progress.ts'
import { withContext } from '../session.ts'
import { syncRuns, wordsOf } from '../sync-runs.ts'

const modes: readonly Mode[] = ['full', 'incremental', 'sweep', 'images']

export const sync = defineCommand({
  name: 'sync',
  summary: 'read from Zoho and write what differs',
  usage: 'full|incremental|sweep|images [entity…] [--accept-mass-change]',
  about: `full         every record, deletions too
incremental  what changed since the last complete run
sweep        what moves without a modification time: stock, balances
images       pictures that Zoho changed or that are damaged here
Ctrl-C stops it in order; the next run of the same kind goes on where it stopped.`,
  options: {
    'accept-mass-change': {
      type: 'boolean',
      about: 'go on where more than a fifth would become zero, inactive or deleted',
    },
  },
  async run({ positionals, values, ...terminal }) {
    const [word, ...names] = positionals
    const mode = modes.find((each) => each === word)
    if (!mode) throw usageError(wrongMode(word))
    const { out, signal } = terminal
    return withContext(terminal, { kind: 'working' }, async (ctx) => {
      ctx.sync.entitiesFor(mode, names)
      const runs = await syncRuns(ctx, {
        mode,
        names,
        trigger: 'cli',
        acceptMassChange: values['accept-mass-change'] ?? false,
        progress: createProgress(out.stderr, ctx.clock),
        signal,
      })
      const good = runs.every((run) => run.status === 'settled' && run.failed === 0)
      for (const run of runs) out.line(`${run.entity_type}: ${wordsOf(run)}`)
      if (!good && !signal.aborted)
        out.line('Not everything is done; npm run tds -- status says what waits, dlq list what failed.')
      const { pending } = await readDepth(ctx.database.db)
      if (pending > 0) out.line(`${pending} follow-ups rest in the queue; the service or the next sync takes them up.`)
      out.document({ mode, ok: good, pending, runs })
      return good ? 0 : 1
    })
  },
})

function wrongMode(word: string | undefined): string {
  if (word === undefined) return `Which sync? One of ${modes.join(', ')}`
  const known = nearest(word, modes)
  return `There is no ${word} sync${known ? `; did you mean ${known}?` : `; one of ${modes.join(', ')}`}`
}
