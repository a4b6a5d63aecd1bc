import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { parser } from '@prometheus-io/lezer-promql'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { z } from 'zod'
import { sql } from '../db/index.ts'
import { type Family, parseExposition, sampleValue } from './helpers/exposition.ts'
import { secrets, startService, until } from './helpers/service.ts'

const folder = 'docs/monitoring'
const read = (name: string) => readFile(`${folder}/${name}`, 'utf8')

const rule = z.strictObject({
  alert: z.string().regex(/^Tds[A-Za-z]+$/),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+[smh]$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
})
const rulesFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule).min(1) })).min(1),
})
const rules = rulesFile.parse(parse(await read('alerts.rules.yml'))).groups.flatMap((group) => group.rules)

const dashboard = z
  .object({ panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })) })
  .parse(JSON.parse(await read('grafana-dashboard.json')))
const plotted = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr }) => ({ name: title, expr: expr.replaceAll('$__rate_interval', '5m') })),
)
const expressions = [...rules.map(({ alert, expr }) => ({ name: alert, expr })), ...plotted]

/** What an expression selects, each metric with the labels it is chosen or grouped by. @throws where it cannot be read */
function selectorsOf(expr: string): { readonly metric: string; readonly labels: readonly string[] }[] {
  const found: { metric: string; labels: string[] }[] = []
  const tree = parser.parse(expr)
  tree.iterate({
    enter({ type, from, to, node }) {
      if (type.isError) throw new Error(`cannot be read at ${from}: ${expr}`)
      if (type.name !== 'VectorSelector') return
      const name = node.getChild('Identifier')
      const matchers = [...expr.slice(from, to).matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label)
      found.push({ metric: name ? expr.slice(name.from, name.to) : '', labels: matchers })
    },
  })
  const grouped = [...expr.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(/\s*,\s*/))
  return found.map(({ metric, labels }) => ({
    metric,
    labels: [...labels, ...grouped.filter((each) => each !== 'le')],
  }))
}

/** The sample names a family has, also while nothing was observed. */
const namesOf = ({ name, type }: Family): string[] =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]

const lookUp = (body: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], body)

t.test('every expression of the rules and the dashboard can be read', async (t) => {
  t.ok(rules.length > 15 && plotted.length > 15)
  for (const { name, expr } of expressions) t.ok(selectorsOf(expr).length > 0, name)
  t.throws(() => selectorsOf('sum(rate(tds_x[5m])'), 'what cannot be read is found')
})

t.test('the alerts of the design are all there, with their severity and limit', async (t) => {
  const told = rules.map(({ alert, expr, labels }) => `${labels.severity} ${alert} ${expr.replaceAll(/\s+/g, ' ')}`)
  for (const expected of [
    /^warning TdsQueuePending .*> 50$/,
    /^critical TdsQueuePendingMany .*> 200$/,
    /^warning TdsQueueFailed .*> 10$/,
    /^critical TdsQueueFailedMany .*> 50$/,
    /^warning TdsSyncDelayed .*> 1800$/,
    /^critical TdsSyncStopped .*> 7200$/,
    /^warning TdsDayQuota .*> 0\.9 ?$/,
    /^warning TdsDeadLetters .*> 0$/,
    /^critical TdsDeadLettersMany .*> 20$/,
    /^warning TdsWebhooksSilent /,
    /^critical TdsWebhooksMissed .*>= 3$/,
    /^critical TdsTokenDead /,
  ])
    t.ok(
      told.some((each) => expected.test(each)),
      String(expected),
    )
  t.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length, 'no name twice')
})

t.test('every alert leads to an entry of the runbook', async (t) => {
  const runbook = await readFile('docs/runbook.md', 'utf8')
  const anchors = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  )
  for (const { alert, annotations } of rules) {
    const [path, anchor = ''] = annotations.runbook_url.split('#')
    t.equal(path, 'docs/runbook.md', alert)
    t.ok(anchors.includes(anchor), `${alert}: ${anchor}`)
  }
})

t.test('every metric and label of the files is in what a working service really answers', async (t) => {
  const { url, db, sync } = await startService(t, { simulator: { items: 20 } })
  await sync('full', 'products')
  await sql`insert into tds_verify_reports (entity_type, started_at, differences, report) values ('products', now(), 0, '{}')`.execute(
    db,
  )
  const admin = { authorization: `Bearer ${secrets.admin}` }
  const webhook = (headers: Record<string, string>) =>
    fetch(`${url}/api/tds/webhooks/products`, { method: 'POST', body: '{"item":{"item_id":"1"}}', headers })
  await webhook({ 'x-webhook-key': secrets.key })
  await webhook({})
  const isDone = sql`select exists (select from tds_inbox_events where settled_at is not null)
    and not exists (select from tds_sync_queue_live where run_at <= now())`
  await until(db, 'everything due is done', isDone)
  const text = await (await fetch(`${url}/metrics`, { headers: admin })).text()
  const families = parseExposition(text)
  const value = sampleValue(families)
  t.equal(value('tds_rows_upserted_total', { table: 'products', op: 'insert' }), 20, 'what was written is counted')
  t.equal(value('tds_item_run_seconds_count', { entity: 'products', result: 'written' }), 20)
  t.ok((value('tds_item_wait_seconds_count', { entity: 'products' }) ?? 0) >= 20)
  t.ok((value('tds_item_attempts_count') ?? 0) >= 20)
  t.ok((value('tds_zoho_requests_total', { op: 'products.list', status: '200' }) ?? 0) > 0, 'calls by purpose')
  t.equal(value('tds_webhooks_received_total', { entity: 'products', result: 'accepted' }), 1)
  t.equal(value('tds_webhooks_received_total', { entity: 'products', result: 'bad_signature' }), 1)
  const known = new Map([...families.values()].flatMap((family) => namesOf(family).map((name) => [name, family])))
  for (const { name, expr } of expressions)
    for (const { metric, labels } of selectorsOf(expr)) {
      if (metric === 'up') continue
      const family = known.get(metric)
      t.ok(family, `${name}: ${metric}`)
      const seen = new Set(family?.samples.flatMap((sample) => Object.keys(sample.labels)))
      if (seen.size > 0) for (const label of labels) t.ok(seen.has(label), `${name}: ${metric} has ${label}`)
    }
  const page = await read('README.md')
  for (const name of families.keys())
    if (!/^(process|nodejs)_/.test(name)) t.ok(page.includes(`\`${name}\``), `README explains ${name}`)
  for (const [, name = ''] of page.matchAll(/^\| `(tds_\w+|http_\w+)`/gm)) t.ok(families.has(name), `${name} exists`)

  const health = await (await fetch(`${url}/api/tds/health`, { headers: admin })).json()
  const live = await (await fetch(`${url}/api/tds/health/live`)).json()
  const ready = await (await fetch(`${url}/api/tds/health/ready`)).json()
  const gatus = parse(await read('gatus.yml')) as { endpoints: { url: string; conditions: string[] }[] }
  for (const { url: address, conditions } of gatus.endpoints) {
    const body = address.endsWith('/live') ? live : address.endsWith('/ready') ? ready : health
    for (const condition of conditions) {
      const [, path] = /^\[BODY\]\.(\S+) (?:==|<|>|<=|>=) \S+$/.exec(condition) ?? []
      if (path) t.not(lookUp(body, path), undefined, `Gatus: ${path}`)
      else t.match(condition, /^\[(STATUS|RESPONSE_TIME)\] (==|<) \d+$/)
    }
  }
  const [, kuma = '[]'] = /```json\n(\[[^`]+\])\n```/.exec(await read('uptime-kuma.md')) ?? []
  const queries: { jsonPath: string }[] = JSON.parse(kuma)
  t.ok(queries.length > 4)
  for (const { jsonPath } of queries) t.not(lookUp(health, jsonPath), undefined, `Kuma: ${jsonPath}`)

  promtool(t, ['check', 'metrics'], text)
})

t.test('promtool accepts the rules', async (t) => promtool(t, ['check', 'rules', `${folder}/alerts.rules.yml`]))

/** Debian's package prometheus has it; where it is missing, the parser above has read every expression. */
function promtool(t: Test, args: readonly string[], input?: string): void {
  const { error, status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8', timeout: 20_000 })
  if (error) t.comment(`SKIPPED: promtool ${args.slice(0, 2).join(' ')} (promtool is not installed)`)
  else t.equal(status, 0, `promtool ${args.join(' ')}: ${stdout}${stderr}`)
}
