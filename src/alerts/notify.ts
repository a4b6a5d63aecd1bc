import { sql, type Tx } from '../../db/index.ts'
import { type ChannelName, type Notice, type NoticeKind, noticeDue } from './notice.ts'

export interface NotifyOptions {
  readonly channels: readonly ChannelName[]
  readonly renotifySeconds: Readonly<Record<'warning' | 'critical', number>>
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly publicUrl: string | undefined
}

/**
 * Makes a delivery for each notice that is due and each channel, and marks what people were told, in one transaction:
 * a transition is told once, whoever leads and however often it starts again. Alerts of other rooms are told too.
 * @returns how many notices were made
 */
export async function notify(tx: Tx, { channels, renotifySeconds, now, publicUrl }: NotifyOptions): Promise<number> {
  // Without a channel nobody was told anything: open alerts are told when there is one.
  if (channels.length === 0) return 0
  let made = 0
  for (const alert of await readTold(tx)) {
    const kind = noticeDue(alert, now, renotifySeconds)
    if (kind === null) continue
    const notifiedAs = alert.status === 'resolved' ? 'resolved' : alert.severity
    const at = new Date(now)
    const marked = tx
      .updateTable('tds_alerts')
      .set({ notified_as: notifiedAs, ...(kind === 'eased' ? {} : { notified_at: at }) })
    await marked.where('id', '=', alert.id).execute()
    if (kind === 'eased') continue
    await deliver(tx, channels, toNotice(alert, kind, { at, publicUrl }))
    made += 1
  }
  return made
}

type Row = Awaited<ReturnType<typeof readTold>>[number]

const readTold = (tx: Tx) =>
  tx
    .selectFrom('tds_alerts')
    .selectAll()
    .where((where) =>
      where.or([where('status', '<>', 'resolved'), where('notified_as', 'in', ['warning', 'critical'])]),
    )
    .orderBy('id')
    .forUpdate()
    .execute()

function toNotice(
  alert: Row,
  kind: NoticeKind,
  { at, publicUrl }: { at: Date; publicUrl: string | undefined },
): Notice {
  const { detail } = alert
  const runbook = typeof detail === 'object' && detail !== null && 'runbook' in detail ? detail.runbook : null
  return {
    kind,
    at: at.toISOString(),
    alert: {
      id: alert.id,
      fingerprint: alert.fingerprint,
      severity: alert.severity,
      status: alert.status,
      title: alert.title,
      message: alert.message,
      opened_at: alert.opened_at.toISOString(),
      resolved_at: alert.resolved_at?.toISOString() ?? null,
    },
    runbook: typeof runbook === 'string' ? runbook : 'docs/runbook.md',
    url: publicUrl ?? null,
  }
}

async function deliver(tx: Tx, channels: readonly ChannelName[], notice: Notice): Promise<void> {
  await sql`
    insert into tds_alert_deliveries (alert_id, channel, kind, notice)
    select ${notice.alert.id}, channel, ${notice.kind}, ${JSON.stringify(notice)}::jsonb
    from unnest(${[...channels]}::text[]) as channel`.execute(tx)
}
