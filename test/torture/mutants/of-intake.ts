// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lines of other files, as they stand there
import type { Mutant } from './mutant.ts'

/** What is acknowledged is on disk; what says nothing new is absorbed, and only that. */
export const ofIntake: readonly Mutant[] = [
  {
    name: 'answer-before-commit',
    breaks: 'a 2xx means it is on disk',
    file: 'src/inbox/receive.ts',
    from: '        return await laneOf(record).add(record)',
    to: '        laneOf(record).add(record).catch(() => undefined); return receipt(record, null)',
    tests: ['test/inbox/receive.test.ts', 'test/inbox/crash.test.ts'],
  },
  {
    name: 'answer-what-nobody-took',
    breaks: '503 where neither database nor spool took it',
    file: 'src/inbox/receive.ts',
    from: "    throw error instanceof TdsError ? error : busy('INBOX_SPOOL_FAILED', 'Neither database nor spool takes it', error)",
    to: '    return batch.map((record) => receipt(record, null))',
    tests: ['test/routes/webhooks.test.ts'],
  },
  {
    name: 'spool-removes-what-was-refused',
    breaks: 'the spool keeps what could not be drained',
    file: 'src/inbox/drain.ts',
    from: '  if (spoiled === 0) {',
    to: '  if (spoiled >= 0) {',
    tests: ['test/inbox/outage.test.ts'],
  },
  {
    name: 'spool-believes-damaged-lines',
    breaks: 'a damaged record of the spool is known by its checksum',
    file: 'src/inbox/spool-format.ts',
    from: "createHash('sha256').update(text).digest('hex')",
    to: "createHash('sha256').update(String(text.length)).digest('hex')",
    tests: ['test/inbox/spool.test.ts'],
  },
  {
    name: 'repeats-absorbed-for-ever',
    breaks: 'a repeat is absorbed for a day',
    file: 'src/inbox/store.ts',
    from: '      and e.received_at > i."receivedAt" - interval \'24 hours\'',
    to: '      and e.received_at > i."receivedAt" - interval \'24 days\'',
    tests: ['test/inbox/receive.test.ts'],
  },
  {
    name: 'repeats-of-dead-letters-absorbed',
    breaks: 'a repeat whose first led nowhere is tried again',
    file: 'src/inbox/store.ts',
    from: 'd.source_entity_id = e.source_entity_id and not d.resolved',
    to: 'd.source_entity_id = e.source_entity_id and false',
    tests: ['test/inbox/receive.test.ts'],
  },
  {
    name: 'id-only-repeats-absorbed',
    breaks: 'a body without a modification time is never taken for a repeat',
    file: 'src/inbox/event-record.ts',
    from: "    repeatable: webhook.body.includes('last_modified_time'),",
    to: '    repeatable: true,',
    tests: ['test/inbox/event-record.test.ts'],
  },
  {
    name: 'ids-through-doubles',
    breaks: 'ids and amounts keep every digit',
    file: 'db/json.ts',
    from: "typeof value === 'number' && source !== undefined && String(value) !== source ? digitJson.rawJSON(source) : value,",
    to: 'value,',
    tests: ['test/inbox/parse.test.ts'],
  },
  {
    name: 'waiting-without-bounds',
    breaks: 'a flood waits in bounded memory',
    file: 'src/inbox/receive.ts',
    from: '      if (waiting >= maxWaiting || waitingBytes + record.body.length > maxWaitingBytes) {',
    to: '      if (waiting > 1e9) {',
    tests: ['test/inbox/receive.test.ts'],
  },
]
