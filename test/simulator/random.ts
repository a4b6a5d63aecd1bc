/** A seeded stream of numbers: the same seed and name give the same stream, whatever other streams were used. */
export interface Random {
  /** At least 0, below 1. */
  next(): number
  /** A whole number from `least` to `most`, both possible. */
  integer(least: number, most: number): number
  oneOf<T>(choices: readonly [T, ...T[]]): T
  /** `count` different elements in random order. */
  sample<T>(from: readonly T[], count: number): T[]
}

export function createRandom(seed: number, name: string): Random {
  let state = hash(`${seed}/${name}`)

  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const integer = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))

  return {
    next,
    integer,
    oneOf: (choices) => choices[integer(0, choices.length - 1)] ?? choices[0],
    sample(from, count) {
      const rest = [...from]
      const taken = []
      while (taken.length < count && rest.length > 0) taken.push(...swapOut(rest, integer(0, rest.length - 1)))
      return taken
    },
  }
}

// Takes one element in constant time: its place is filled with the last one.
function swapOut<T>(rest: T[], index: number): T[] {
  const taken = rest.slice(index, index + 1)
  const last = rest.splice(-1)
  if (index < rest.length) rest.splice(index, 1, ...last)
  return taken
}

/** FNV-1a of a text, as a 32-bit number. */
export function hash(text: string): number {
  let value = 0x811c9dc5
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return value >>> 0
}
