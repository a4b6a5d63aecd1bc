import { execFile } from 'node:child_process'
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { v7 as uuidv7 } from 'uuid'
import { decodeRecords, encodeRecords } from '../../../src/inbox/spool-format.ts'
import { eventually, type Figures, type Scale } from '../trial.ts'
import { fill, mountSmall } from './blows-outside.ts'
import { createHand, type Hand } from './hand.ts'
import { recovered, type Stage } from './stage.ts'
import type { Watch } from './watch.ts'

const run = promisify(execFile)
const mebibyte = 1024 * 1024
const always = async () => true

/** Killed while the database is away, twice; then files are damaged, shuffled and left over, and the next one drains. */
export async function killedInAnOutage(stage: Stage, watch: Watch, scale: Scale): Promise<Figures> {
  const { life, server, spoolDir } = stage
  const hand = createHand(stage)
  await server.halt('immediate')
  for (let lives = 0; lives < 2; lives++) {
    await atLeastSpooled(stage, hand, 4 * (lives + 1))
    await life.kill()
    // The second one never saw the database.
    await life.begin({ isReady: false })
  }
  await atLeastSpooled(stage, hand, 12)
  await life.kill()
  const files = (await stage.spooled()).length
  const damaged = await damage(spoolDir, hand)
  await shuffle(stage)
  const since = life.mark()
  await server.start()
  await life.begin()
  const ms = await recovered(stage, async () => (await corrupt(stage)).length === damaged)
  for (const name of await corrupt(stage))
    if (!life.said(new RegExp(name.replaceAll('.', '\\.')), since)) throw new Error(`Nobody was told of ${name}`)
  await told(watch, 'spool_damaged')
  await hand.allKept()
  // A person has looked at them.
  for (const name of await corrupt(stage)) await rm(join(spoolDir, name))
  // The drainer looks every quarter of a minute.
  if (scale !== 'short')
    await eventually('the damage is forgotten', 30_000, async () => {
      const { codes } = await watch.look()
      return !codes.includes('spool_damaged') || undefined
    })
  stage.judge()
  return {
    'processes killed in an outage': 3,
    'spool files left by them': files,
    'files damaged': damaged,
    'ms of draining': ms,
  }
}

/** Webhooks larger than the spool may be, then as large as its disk, then with a folder nobody may write to. */
export async function bounded(stage: Stage, watch: Watch, canMount: boolean): Promise<Figures> {
  const hand = createHand(stage)
  const first = await atItsLimit(stage, hand)
  const second = canMount ? await onASmallDisk(stage, watch, hand) : {}
  await hand.allKept()
  return { ...first, ...second }
}

async function atItsLimit(stage: Stage, hand: Hand): Promise<Figures> {
  const { life, server, spoolDir } = stage
  await life.stop()
  await life.begin({ env: { TDS_SPOOL_MAX_BYTES: String(mebibyte) } })
  await server.halt('fast')
  const before = hand.acknowledged
  const refused = await sendUntilRefused(hand, 150_000, 12)
  const used = await bytesIn(spoolDir)
  if (used > mebibyte) throw new Error(`The spool holds ${used} bytes of the ${mebibyte} it may`)
  const kept = hand.acknowledged - before
  if (kept < 3) throw new Error(`Only ${kept} webhooks were kept before the spool was full`)
  if ((await hand.send(10)) !== 200) throw new Error('What still fits was not taken')
  await server.start()
  await recovered(stage, always)
  if ((await hand.send(150_000)) !== 200) throw new Error('The spool is empty and a webhook is refused')
  stage.judge()
  return { 'refused by a full spool': refused, 'kept before it was full': kept }
}

async function onASmallDisk(stage: Stage, watch: Watch, hand: Hand): Promise<Figures> {
  const { life, server } = stage
  const disk = await mountSmall(join(stage.world.dataDir, 'small-spool'), '1m')
  try {
    await life.stop()
    await life.begin({ env: { TDS_SPOOL_DIR: disk.folder } })
    await server.halt('fast')
    const before = hand.acknowledged
    const byDisk = await sendUntilRefused(hand, 150_000, 12)
    await fill(disk.folder)
    if ((await hand.send(5_000)) !== 503) throw new Error('A disk without room took a webhook')
    await told(watch, 'disk_full')
    const kept = hand.acknowledged - before
    if (kept < 2) throw new Error(`Only ${kept} webhooks were kept before the disk was full`)
    await rm(join(disk.folder, 'filler'))
    if ((await hand.send(10)) !== 200) throw new Error('There is room again and a webhook is refused')
    await run('mount', ['-o', 'remount,ro', disk.folder])
    if ((await hand.send(10)) !== 503) throw new Error('A folder that cannot be written took a webhook')
    await told(watch, 'folder_unusable')
    await run('mount', ['-o', 'remount,rw', disk.folder])
    await server.start()
    await eventually('the small spool is drained', 60_000, async () => {
      const left = await readdir(disk.folder)
      if (left.length > 0) throw new Error(`Left: ${left.join(', ')}; the log ends:\n${life.tail()}`)
      return true
    })
    await life.stop()
    stage.judge()
    return { 'refused by a full disk': byDisk + 1, 'refused by a read-only disk': 1 }
  } finally {
    await life.kill()
    await disk.unmount()
    await server.start()
    await life.begin()
  }
}

/** @returns how many were refused: the last one */
async function sendUntilRefused(hand: Hand, bytes: number, most: number): Promise<number> {
  for (let sent = 0; sent < most; sent++) {
    const status = await hand.send(bytes)
    if (status === 503) return 1
    if (status !== 200) throw new Error(`A webhook got ${status}`)
  }
  throw new Error(`${most} webhooks of ${bytes} bytes were taken`)
}

const bytesIn = async (folder: string): Promise<number> =>
  (await Promise.all((await readdir(folder)).map((name) => stat(join(folder, name))))).reduce(
    (sum, { size }) => sum + size,
    0,
  )

async function atLeastSpooled(stage: Stage, hand: Hand, files: number): Promise<void> {
  await eventually(`${files} files are in the spool`, 40_000, async () => {
    stage.load()
    if ((await hand.send()) !== 200) throw new Error('A webhook was refused though there is a spool')
    return (await stage.spooled()).length >= files || undefined
  })
}

const corrupt = async (stage: Stage): Promise<string[]> =>
  (await stage.spooled()).filter((name) => name.endsWith('.corrupt'))

async function told(watch: Watch, code: string): Promise<void> {
  await eventually(`health says ${code}`, 20_000, async () => {
    const { codes } = await watch.look()
    if (codes.includes(code)) return true
    throw new Error(`It says ${codes.join(', ')}`)
  })
}

/** Beside the real files; what is whole in them must arrive like anything else. @returns how many are to be set aside */
async function damage(dir: string, hand: Hand): Promise<number> {
  const [real = ''] = (await readdir(dir)).filter((name) => name.endsWith('.events')).toSorted()
  const [record] = decodeRecords(await readFile(join(dir, real))).records
  if (!record) throw new Error('There is no record to copy')
  /** Two that are whole and one that is not any more. */
  const three = () => {
    const records = [1, 2, 3].map(() => ({ ...record, eventId: uuidv7() }))
    for (const { eventId } of records.slice(0, 2)) hand.expect(eventId)
    return encodeRecords(records)
  }
  const torn = three()
  const short = three()
  const endOfSecond = short.lastIndexOf('\n', short.length - 2) + 1
  const broken = [
    torn.subarray(0, torn.length - 40),
    short.subarray(0, endOfSecond),
    Buffer.concat([three().subarray(0, -1), Buffer.from([0, 255, 10, 65])]),
    Buffer.alloc(0),
  ]
  for (const bytes of broken) await writeFile(join(dir, `${uuidv7()}.events`), bytes)
  await writeFile(join(dir, 'nobody knows.events'), Buffer.from('\0\xffgarbage\n{}\n', 'latin1'))
  await writeFile(join(dir, `.${uuidv7()}.tmp`), torn.subarray(0, 100))
  return broken.length + 1
}

/** Other names in another order and other times: nothing may depend on them. */
async function shuffle({ spoolDir, random }: Stage): Promise<void> {
  const names = (await readdir(spoolDir)).filter((name) => name.endsWith('.events') && !name.startsWith('nobody'))
  for (const name of random.sample(names, names.length)) {
    const next = join(spoolDir, `${uuidv7()}.events`)
    await rename(join(spoolDir, name), next)
    const at = new Date(Date.now() - random.integer(0, 86_400_000))
    await utimes(next, at, at)
  }
}
