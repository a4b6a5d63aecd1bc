import type { RequeueAnswer, RequeueRequest, ResolveRequest } from '../../../dead-letters/index.ts'
import type { Terminal } from '../../command.ts'
import { withContext } from '../../session.ts'
import { wordsOf } from './look.ts'

type Out = Terminal['out']

/** A large set is worked through here, whether or not a service runs; Ctrl-C leaves the rest to the service. */
export function requeueLetters(terminal: Terminal, request: RequeueRequest): Promise<number> {
  const { out, signal } = terminal
  return withContext(terminal, { kind: 'reading' }, async ({ deadLetters }) => {
    const answer = await deadLetters.requeue(request)
    const verb = request.dryRun ? 'would be read again' : 'will be read again'
    out.line(`${answer.count} ${verb}${answer.batch_id ? ` (batch ${answer.batch_id})` : ''}.`)
    tellSamples(out, answer.samples)
    tellCost(out, answer)
    if (answer.state === 'running' && answer.batch_id)
      out.line(wordsOf(await deadLetters.batches.finish(answer.batch_id, { signal })))
    out.document(answer)
    return 0
  })
}

export function resolveLetters(terminal: Terminal, request: ResolveRequest): Promise<number> {
  const { out } = terminal
  return withContext(terminal, { kind: 'reading' }, async ({ deadLetters }) => {
    const answer = await deadLetters.resolveMany(request)
    out.line(`${answer.count} ${request.dryRun ? 'would be' : 'are'} resolved.`)
    tellSamples(out, answer.samples)
    out.document(answer)
    return 0
  })
}

function tellSamples(out: Out, samples: RequeueAnswer['samples']): void {
  for (const { id, entity_type, source_entity_id, error_code } of samples)
    out.line(`  ${id}  ${entity_type} ${source_entity_id}  ${error_code}`)
}

function tellCost(out: Out, { estimate, preview_id, arrived_since = 0 }: RequeueAnswer): void {
  if (estimate) {
    const { calls, minutes, notes } = estimate
    out.line(`It costs ${calls} call(s) to Zoho${minutes === null ? '' : `, about ${minutes} minute(s)`}.`)
    for (const note of notes) out.line(`  ${note}`)
  }
  if (preview_id) out.line(`Exactly these, within a day: dlq requeue --preview ${preview_id}`)
  if (arrived_since > 0) out.line(`${arrived_since} came later and were left out.`)
}
