import type { Tx } from '../../db/index.ts'
import { storableJson } from '../runtime/index.ts'

/** One change as the trail keeps it: who did what to which things, and why. */
export interface AuditEntry {
  /** `key <id>`, `cli`, or the part of TDS that did it by itself (`healing`, `scheduler`). */
  readonly actor: string
  /** What was done: `<thing>.<verb>`, such as `dlq.requeue`. */
  readonly action: string
  /** What it was done to: a table, or a thing in it, such as `key abcd1234`. */
  readonly subject?: string | undefined
  readonly reason?: string | undefined
  /** How many things changed. */
  readonly affected?: number | undefined
  /** How they were chosen. Like `before` and `after` anything JSON can say, without secrets. */
  readonly filter?: unknown
  /** Only what changed. */
  readonly before?: unknown
  readonly after?: unknown
  /** The request as the log names it. */
  readonly requestId?: string | undefined
}

/** Writes the trail's line in the transaction of the change itself: neither is ever there without the other. */
export async function record(tx: Tx, entry: AuditEntry): Promise<void> {
  await tx
    .insertInto('tds_audit_trail')
    .values({
      actor: entry.actor,
      action: entry.action,
      subject: entry.subject ?? null,
      reason: entry.reason === undefined ? null : storableText(entry.reason),
      affected: entry.affected ?? null,
      filter: json(entry.filter),
      before: json(entry.before),
      after: json(entry.after),
      request_id: entry.requestId ?? null,
    })
    .execute()
}

const json = (value: unknown): string | null => (value === undefined || value === null ? null : storableJson(value))

/** PostgreSQL takes no NUL; a reason with one is still a reason. */
const storableText = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed()
