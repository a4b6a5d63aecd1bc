import { isIPv6 } from 'node:net'
import type { Clock } from '../runtime/index.ts'

/** Who tries wrong keys from one address is not listened to for a while, each time for longer. Of this process. */
export interface Lockout {
  /** Seconds until this address is listened to again; 0: it is. */
  waitSeconds(address: string): number
  /** A key that came from there is not valid. */
  failed(address: string): void
}

/** An address that is not listened to from now on. */
export interface LockedOut {
  readonly address: string
  /** Wrong keys that led to it. */
  readonly tries: number
  readonly seconds: number
  /** 1 for its first time. */
  readonly times: number
}

export interface LockoutOptions {
  readonly clock: Pick<Clock, 'now'>
  /** So many wrong keys within five minutes are too many. */
  readonly tries: number
  /** How long the first time lasts; each further one twice as long, up to an hour. */
  readonly seconds: number
  readonly onLocked: (locked: LockedOut) => void
}

interface Entry {
  /** When the wrong keys came, oldest first; never more than `tries`. */
  failures: number[]
  times: number
  lockedUntil: number
}

const windowMs = 5 * 60_000
const longestSeconds = 3_600
/** An address that behaves for so long begins anew. */
const forgottenAfterMs = 24 * 3_600_000
/** Above it the address that was quiet for longest is forgotten: memory is not the caller's to fill. */
export const mostAddresses = 10_000

export function createLockout({ clock, tries, seconds, onLocked }: LockoutOptions): Lockout {
  // In the order of the last failure.
  const entries = new Map<string, Entry>()

  return {
    waitSeconds(address) {
      const left = (entries.get(placeOf(address))?.lockedUntil ?? 0) - clock.now()
      return left > 0 ? Math.ceil(left / 1000) : 0
    },
    failed(address) {
      const place = placeOf(address)
      const now = clock.now()
      const entry = known(place, now)
      entry.failures = [...entry.failures.filter((at) => at > now - windowMs), now]
      entries.delete(place)
      entries.set(place, entry)
      if (entry.failures.length >= tries) lock(place, entry, now)
      forgetOne()
    },
  }

  function known(place: string, now: number): Entry {
    const entry = entries.get(place)
    const last = Math.max(entry?.failures.at(-1) ?? 0, entry?.lockedUntil ?? 0)
    return entry && last > now - forgottenAfterMs ? entry : { failures: [], times: 0, lockedUntil: 0 }
  }

  function lock(address: string, entry: Entry, now: number): void {
    const failures = entry.failures.length
    const lasting = Math.min(seconds * 2 ** entry.times, longestSeconds)
    entry.times += 1
    entry.failures = []
    entry.lockedUntil = now + lasting * 1000
    onLocked({ address, tries: failures, seconds: lasting, times: entry.times })
  }

  function forgetOne(): void {
    const [oldest] = entries.size > mostAddresses ? entries.keys() : []
    if (oldest !== undefined) entries.delete(oldest)
  }
}

/** Whoever has one address of IPv6 has the 2^64 beside it. An IPv4 address written as IPv6 is the same address. */
export function placeOf(address: string): string {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('%', 1)[0]?.split('::', 2) ?? []
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  const groups = [...before, ...zeros, ...after].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
