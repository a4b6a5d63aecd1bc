import type { Random } from '../simulator/random.ts'

/** `short` is part of `npm test`; `normal` is `npm run torture`, all trials under 20 minutes on two cores; `full` is for a release. */
export type Scale = 'short' | 'normal' | 'full'

export interface TrialOptions {
  readonly seed: number
  readonly scale: Scale
  /** Maintenance URL of a PostgreSQL to make databases in. */
  readonly server: string
  /** No further blow falls. */
  readonly signal: AbortSignal
  print(line: string): void
}

/** What was done, counted by name: a trial that did nothing proves nothing. */
export type Figures = Readonly<Record<string, number>>

/** One way to make life hard. It throws what is wrong afterwards, in words. */
export interface Trial {
  readonly name: string
  /** What is done, and what must hold in spite of it. */
  readonly about: string
  run(options: TrialOptions): Promise<Figures>
}

export const pick = <T>(scale: Scale, values: Readonly<Record<Scale, T>>): T => values[scale]

/** Resolves after a random time: the instant of a blow is chance, never something that is waited for. */
export function chance(random: Random, leastMs: number, mostMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, random.integer(leastMs, mostMs)))
}

/** Tries until it is done or the time is over. @throws the last failure */
export async function eventually<T>(what: string, withinMs: number, attempt: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + withinMs
  let cause: unknown
  while (Date.now() < deadline) {
    try {
      const done = await attempt()
      if (done !== undefined) return done
    } catch (error) {
      cause = error
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`Waited ${withinMs} ms in vain until ${what}`, { cause })
}

/** The figures of several parts of a trial, added up by name. */
export function sumOf(...parts: readonly Figures[]): Figures {
  const names = [...new Set(parts.flatMap((part) => Object.keys(part)))]
  return Object.fromEntries(names.map((name) => [name, parts.reduce((sum, part) => sum + (part[name] ?? 0), 0)]))
}
