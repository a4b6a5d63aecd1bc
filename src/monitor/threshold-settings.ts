import { type Db, sql, type Tx } from '../../db/index.ts'
import { record } from '../audit/index.ts'
import { inputError } from '../errors.ts'
import { defaultThresholds, readThresholds, type ThresholdName, thresholdsSchema } from './thresholds.ts'

export interface ThresholdSetting {
  readonly name: string
  /** What judges now: the default in the parts that were not set. */
  readonly value: unknown
  readonly default: unknown
  /** Null where nobody changed it on its own. */
  readonly updated_at: Date | null
  readonly updated_by: string | null
}

export interface ThresholdChange {
  /** Null = the default again. */
  readonly value: unknown
  readonly reason: string
  readonly actor: string
  readonly requestId?: string | undefined
}

/** The limits of health and alerts as rows `alerts.thresholds.<name>` of `tds_configuration`. */
export interface ThresholdSettings {
  list(): Promise<readonly ThresholdSetting[]>
  /** @throws TdsError `THRESHOLD_UNKNOWN` (404), `THRESHOLD_INVALID` (400) saying what is wrong with it */
  set(name: string, change: ThresholdChange): Promise<ThresholdSetting>
}

const prefix = 'alerts.thresholds'
const names = Object.keys(thresholdsSchema.shape).filter(isName)

export function createThresholdSettings({ db }: { readonly db: Db }): ThresholdSettings {
  return {
    list: () => read(db),
    async set(name, change) {
      if (!isName(name)) {
        throw inputError('THRESHOLD_UNKNOWN', `There is no threshold ${name}; there are ${names.join(', ')}`, 404)
      }
      if (change.value !== null) check(name, change.value)
      return db.transaction().execute((tx) => write(tx, name, change))
    },
  }
}

function isName(name: string): name is ThresholdName {
  return Object.hasOwn(thresholdsSchema.shape, name)
}

function check(name: ThresholdName, value: unknown): void {
  const { error } = thresholdsSchema.shape[name].safeParse(value)
  if (!error) return
  const words = error.issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
  throw inputError('THRESHOLD_INVALID', `${name} cannot be this: ${words.join('; ')}`)
}

async function write(tx: Tx, name: ThresholdName, { value, reason, actor, requestId }: ThresholdChange) {
  const key = `${prefix}.${name}`
  // Two changes at once: the later one sees what the earlier one wrote, and the trail has both in order.
  await sql`select pg_advisory_xact_lock(hashtext(${prefix}))`.execute(tx)
  const before = await readOne(tx, name)
  if (value === null) await tx.deleteFrom('tds_configuration').where('key', '=', key).execute()
  else {
    await sql`
      insert into tds_configuration (key, value, updated_by) values (${key}, ${JSON.stringify(value)}::jsonb, ${actor})
      on conflict (key) do update set
        value = excluded.value, updated_by = excluded.updated_by, updated_at = clock_timestamp()`.execute(tx)
  }
  const after = await readOne(tx, name)
  const change = { before: { value: before.value }, after: { value: after.value }, affected: 1 }
  await record(tx, { actor, action: 'configuration.change', subject: key, reason, requestId, ...change })
  return after
}

async function readOne(db: Db, name: ThresholdName): Promise<ThresholdSetting> {
  const setting = (await read(db)).find((each) => each.name === name)
  if (!setting) throw new Error(`The threshold ${name} is in the schema and not in the list`)
  return setting
}

async function read(db: Db): Promise<readonly ThresholdSetting[]> {
  const rows = await db.selectFrom('tds_configuration').selectAll().where('key', 'like', `${prefix}%`).execute()
  const row = (key: string) => rows.find((each) => each.key === key)
  const own = names.flatMap((name) => {
    const value = row(`${prefix}.${name}`)?.value
    return value === undefined ? [] : [[name, value] as const]
  })
  const { thresholds } = readThresholds(row(prefix)?.value, Object.fromEntries(own))
  return names.map((name) => {
    const set = row(`${prefix}.${name}`)
    return {
      name,
      value: thresholds[name],
      default: defaultThresholds[name],
      updated_at: set?.updated_at ?? null,
      updated_by: set?.updated_by ?? null,
    }
  })
}
