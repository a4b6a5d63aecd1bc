import { createHash, createHmac } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { Pool } from 'undici'
import { type Db, sql } from '../../../db/index.ts'
import { loadEntities } from '../../../src/entities/index.ts'
import { secrets as fixed } from '../../helpers/environment.ts'
import type { Random } from '../../simulator/random.ts'
import { eventually, type Figures } from '../trial.ts'
import { anyAddress } from './fire.ts'
import { codeOf } from './judge.ts'
import { mutate } from './mutate.ts'
import { evilTexts } from './values.ts'

export interface WebhookOptions {
  readonly url: string
  readonly db: Db
  readonly count: number
  readonly random: Random
  readonly signal: AbortSignal
}

interface Seed {
  readonly module: string
  readonly body: Buffer
}

/** Webhooks whose bytes were changed on their way: kept as they came, then understood or put aside with the reason. */
export async function sendMutants({ url, db, count, random, signal }: WebhookOptions): Promise<Figures> {
  const pool = new Pool(url, { connections: 8 })
  const seeds = [...(await ownBodies()), ...(await recordedBodies())]
  const bodies = seeds.map(({ body }) => body)
  const kept = new Map<string, string>()
  let left = count
  let refused = 0
  try {
    const send = async () => {
      while (left > 0 && !signal.aborted) {
        left -= 1
        const { module, body } = random.oneOf(seeds as [Seed, ...Seed[]])
        const mutant = left % 50 === 0 ? body : mutate(body, bodies, random)
        if (left % 7 === 0) {
          await isRefused(pool, module, mutant, random)
          refused += 1
        } else await isKept(pool, module, mutant, random, kept)
      }
    }
    await Promise.all(Array.from({ length: 8 }, send))
  } finally {
    await pool.destroy()
  }
  if (kept.size === 0 || refused === 0) throw new Error('No webhook was kept, or none refused')
  await areAsTheyCame(db, kept)
  return { 'mutated webhooks': kept.size, 'unsigned ones refused': refused, ...(await whatBecame(db, kept)) }
}

/** The bodies of our fixtures, in Zoho's shapes, and the same with a hostile text in every field. */
async function ownBodies(): Promise<Seed[]> {
  const entities = await loadEntities()
  const seeds: Seed[] = []
  for (const { name, webhook } of entities.list()) {
    const { webhook: sample } = JSON.parse(
      await readFile(new URL(`../../fixtures/${name}.json`, import.meta.url), 'utf8'),
    ) as { webhook: { body: object } }
    const module = webhook.modules[0] ?? name
    const texts = evilTexts.filter((text) => text.length > 1)
    seeds.push({ module, body: Buffer.from(JSON.stringify(sample.body)) })
    for (const text of texts.slice(0, 60))
      seeds.push({
        module,
        body: Buffer.from(
          JSON.stringify(sample.body, (_, value) => (typeof value === 'string' && !/^\d+$/.test(value) ? text : value)),
        ),
      })
    seeds.push({ module, body: Buffer.from(`JSONString=${encodeURIComponent(JSON.stringify(sample.body))}`) })
  }
  return seeds
}

/** What Zoho really sent, where somebody has it. */
async function recordedBodies(): Promise<Seed[]> {
  const folder = process.env.ZOHO_SAMPLES_DIR
  if (!folder) return []
  const files = (await readdir(folder)).filter((file) => /^webhook-.*\.(json|txt)$/.test(file))
  return Promise.all(files.map(async (file) => ({ module: 'products', body: await readFile(`${folder}/${file}`) })))
}

async function isKept(pool: Pool, module: string, body: Buffer, random: Random, kept: Map<string, string>) {
  const { status, text } = await post(pool, module, body, signed(body, random))
  if (status !== 200) throw new Error(`A signed webhook was answered ${status} ${text}: ${inWords(body)}`)
  const { event_id: id } = JSON.parse(text) as { event_id: string }
  kept.set(id, sha256(body))
}

async function isRefused(pool: Pool, module: string, body: Buffer, random: Random): Promise<void> {
  const wrong = { 'x-zoho-webhook-signature': sha256(body), 'x-forwarded-for': anyAddress(random) }
  const { status, text } = await post(pool, module, body, wrong)
  if (status !== 401 || codeOf(text) !== 'WEBHOOK_UNAUTHORIZED')
    throw new Error(`An unsigned webhook was answered ${status} ${text}: ${inWords(body)}`)
}

function signed(body: Buffer, random: Random): Record<string, string> {
  const type = {
    'content-type': random.oneOf(['application/json', 'text/plain', 'application/octet-stream', ';'] as const),
  }
  if (random.next() < 0.5) return { ...type, 'x-webhook-key': fixed.key }
  return { ...type, 'x-zoho-webhook-signature': createHmac('sha256', fixed.webhook).update(body).digest('hex') }
}

async function post(pool: Pool, module: string, body: Buffer, headers: Record<string, string>) {
  const reply = await pool.request({ path: `/api/tds/webhooks/${module}`, method: 'POST', headers, body })
  return { status: reply.statusCode, text: await reply.body.text() }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const inWords = (body: Buffer): string =>
  `${body.length} bytes, ${JSON.stringify(body.toString('latin1').slice(0, 500))}`

async function areAsTheyCame(db: Db, kept: ReadonlyMap<string, string>): Promise<void> {
  const { rows } = await sql<{ id: string; hash: string }>`
    select event_id::text as id, encode(sha256(body), 'hex') as hash from tds_inbox_payloads
    where event_id = any(${[...kept.keys()]}::uuid[])`.execute(db)
  const stored = new Map(rows.map(({ id, hash }) => [id, hash]))
  for (const [id, hash] of kept)
    if (stored.get(id) !== hash) throw new Error(`The bytes of event ${id} are not those that came`)
}

/** None is left, none without a reason, and none has stopped the others. */
async function whatBecame(db: Db, kept: ReadonlyMap<string, string>): Promise<Figures> {
  const ids = [...kept.keys()]
  await eventually('every event is promoted or parked', 60_000, async () => {
    const { rows } = await sql<{ left: number }>`
      select count(*)::int as left from tds_inbox_events where status = 'received'`.execute(db)
    return rows[0]?.left === 0 ? true : undefined
  })
  const { rows } = await sql<{ status: string; count: number; unexplained: number }>`
    select status, count(*)::int as count, count(*) filter (where status = 'parked' and coalesce(reason, '') = '')::int as unexplained
    from tds_inbox_events where event_id = any(${ids}::uuid[]) group by status`.execute(db)
  const strange = rows.filter(
    ({ status, unexplained }) => unexplained > 0 || !/^(promoted|parked|duplicate)$/.test(status),
  )
  if (strange.length > 0) throw new Error(`Events ended strangely: ${JSON.stringify(strange)}`)
  if (rows.reduce((sum, { count }) => sum + count, 0) !== ids.length) throw new Error('Events are missing')
  return Object.fromEntries(rows.map(({ status, count }) => [`of them ${status}`, count]))
}
