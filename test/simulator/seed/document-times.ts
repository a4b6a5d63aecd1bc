import type { Random } from '../random.ts'
import type { StoredRecord, World } from '../resource.ts'

export const dayMs = 86_400_000
const wholeSecond = (at: number) => Math.floor(at / 1000) * 1000

/** How many of something that the full-sized organisation has `of`; none where there is nothing to trade. */
export const scaled = ({ settings }: World, of: number, least = 3): number =>
  settings.items === 0 ? 0 : Math.max(least, Math.round((of * settings.items) / 2221))

/** When documents were made, oldest first: over the 36 months before the anchor, a fifth in the last six. */
export function creationTimes(random: Random, anchorMs: number, count: number): number[] {
  const recent = Math.round(count / 5)
  return Array.from({ length: count }, (_, index) => {
    const ago = index < recent ? random.integer(dayMs / 8, 182 * dayMs) : random.integer(182 * dayMs, 1095 * dayMs)
    return wholeSecond(anchorMs - ago)
  }).sort((a, b) => a - b)
}

/** Some time after an instant, before the anchor. */
export const later = (random: Random, at: number, mostDays: number, anchorMs: number): number =>
  Math.max(
    at,
    wholeSecond(Math.min(at + random.integer(60_000, mostDays * dayMs), anchorMs - random.integer(60_000, dayMs / 12))),
  )

/** Half were never touched again; some of the others by one import, hence in the same second. */
export function modifiedAt(random: Random, createdMs: number, anchorMs: number): number {
  const chance = random.next()
  if (chance < 0.5) return createdMs
  return chance < 0.55 ? Math.max(createdMs, anchorMs - 21 * dayMs) : later(random, createdMs, 20, anchorMs)
}

/** Something happened to a record: its modification time moves, never back. */
export function moved(record: StoredRecord, at: number, { time }: World): void {
  record.modifiedMs = Math.max(record.modifiedMs, at)
  record.fields = { ...record.fields, last_modified_time: time.stamp(record.modifiedMs) }
}
