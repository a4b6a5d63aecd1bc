import { detailViewOf, documentId, type Entity, listViewOf } from '../../entities/index.ts'
import { confirm, type Look } from './confirm.ts'
import { compareDocuments, documentsOf } from './documents.ts'
import { type DetailPlan, type DetailReading, oneByOne, readDetails, sizeOf } from './read-details.ts'
import { readListed } from './read-list.ts'
import { noteUnread, type Tally } from './tally.ts'
import type { Difference } from './types.ts'
import type { Verification } from './verification.ts'

/**
 * What still differs when it is read again at once is a difference; the rest changed while we looked. What the queue
 * already works on is late, not lost, and counted apart.
 */
export async function lookAgain(verification: Verification, entity: Entity, tally: Tally): Promise<void> {
  const { listed, unlisted, detailed } = tally.suspects
  const all = new Set([...listed, ...unlisted, ...detailed])
  if (all.size === 0) return
  const { read } = entity
  const looks: Look[] = []
  if (read?.kind === 'bulk') {
    looks.push(await throughDetails(verification, entity, tally, { plan: read, suspects: all }))
  } else {
    // Where each detail costs a call, what the list showed is looked up in the list, and only the rest by the call.
    const inList = new Set([...listed, ...unlisted])
    if (inList.size > 0) looks.push(await throughList(verification, entity, tally, inList))
    if (read?.kind === 'single' && detailed.size > 0)
      looks.push(await throughDetails(verification, entity, tally, { plan: read, suspects: detailed }))
  }
  const confirmed = await confirm(verification, entity, tally, looks)
  tally.cleared += [...all].filter((id) => !confirmed.has(id)).length
}

const comparedAtOnce = 200

async function throughList(
  verification: Verification,
  entity: Entity,
  tally: Tally,
  ids: ReadonlySet<string>,
): Promise<Look> {
  const { deps, options, spent } = verification
  const { rows, calls } = await readListed(deps, entity, ids, options.signal)
  spent.calls += calls
  const documents = [...rows.values()].map(({ document }) => document)
  const differences: Difference[] = []
  for (let from = 0; from < documents.length; from += comparedAtOnce) {
    const part = documents.slice(from, from + comparedAtOnce)
    differences.push(...(await compareDocuments(verification, entity, listViewOf(entity), part, tally)).differences)
  }
  return { differences, absent: [...ids].filter((id) => !rows.has(id)), listed: rows, view: 'list' }
}

async function throughDetails(
  verification: Verification,
  entity: Entity,
  tally: Tally,
  { plan, suspects }: { plan: DetailPlan; suspects: ReadonlySet<string> },
): Promise<Look> {
  const ids = [...suspects].toSorted()
  const differences: Difference[] = []
  const answered = new Set<string>()
  for (let from = 0; from < ids.length; from += sizeOf(plan)) {
    const { documents, unread } = await readPart(verification, entity, plan, ids.slice(from, from + sizeOf(plan)))
    for (const document of documents) answered.add(documentId(entity, document))
    for (const [id, code] of unread) {
      answered.add(id)
      noteUnread(tally, id, code)
    }
    const compared = await compareDocuments(verification, entity, detailViewOf(entity), documents, tally)
    differences.push(...compared.differences)
  }
  return { differences, absent: ids.filter((id) => !answered.has(id)), listed: new Map(), view: 'detail' }
}

/** A bulk read that leaves out what the list has just shown is no proof that it is gone: that is asked for alone. */
async function readPart(
  { deps, options, spent, tallies }: Verification,
  entity: Entity,
  plan: DetailPlan,
  ids: readonly string[],
): Promise<Pick<DetailReading, 'documents' | 'unread'>> {
  const unlisted = tallies.get(entity.name)?.suspects.unlisted
  const first = await readDetails(deps, entity, plan, ids, options.signal)
  const found = new Set(first.documents.map((document) => documentId(entity, document)))
  const leftOut = plan.kind === 'bulk' ? ids.filter((id) => !found.has(id) && !unlisted?.has(id)) : []
  const rest = await oneByOne(deps, entity, plan, leftOut, options.signal)
  spent.calls += first.calls + rest.calls
  return {
    documents: documentsOf(entity, [...first.documents, ...rest.documents]),
    unread: new Map([...first.unread, ...rest.unread]),
  }
}
