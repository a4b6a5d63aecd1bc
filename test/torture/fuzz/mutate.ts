import type { Random } from '../../simulator/random.ts'

/** Changes some bytes as a bad line, a bad disk or a bad mind would: flips, inserts, deletes, repeats, splices. */
export function mutate(body: Buffer, others: readonly Buffer[], random: Random): Buffer {
  let mutated = body
  for (let left = random.integer(1, 6); left > 0; left--)
    mutated = ways[random.integer(0, ways.length - 1)]?.(mutated, others, random) ?? mutated
  return mutated.subarray(0, 200_000)
}

type Way = (body: Buffer, others: readonly Buffer[], random: Random) => Buffer

const place = (body: Buffer, random: Random): number => random.integer(0, body.length)
const stretch = (body: Buffer, random: Random) => {
  const at = place(body, random)
  return [at, Math.min(body.length, at + random.integer(1, 40))] as const
}

const flip: Way = (body, _others, random) => {
  const flipped = Buffer.from(body)
  // As zzuf does: a share of all bits.
  for (let left = Math.ceil(body.length * random.oneOf([0.001, 0.004, 0.05] as const)); left > 0; left--) {
    const at = random.integer(0, Math.max(0, body.length - 1))
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.integer(0, 7))
  }
  return flipped
}

const insert: Way = (body, _others, random) => {
  const at = place(body, random)
  return Buffer.concat([body.subarray(0, at), random.oneOf(pieces), body.subarray(at)])
}

const remove: Way = (body, _others, random) => {
  const [from, to] = stretch(body, random)
  return Buffer.concat([body.subarray(0, from), body.subarray(to)])
}

const repeat: Way = (body, _others, random) => {
  const [from, to] = stretch(body, random)
  const piece = body.subarray(from, to)
  return Buffer.concat([
    body.subarray(0, to),
    ...Array.from({ length: random.integer(1, 50) }, () => piece),
    body.subarray(to),
  ])
}

const splice: Way = (body, others, random) => {
  const other = others[random.integer(0, others.length - 1)] ?? body
  return Buffer.concat([body.subarray(0, place(body, random)), other.subarray(place(other, random))])
}

const cut: Way = (body, _others, random) => body.subarray(0, place(body, random))

const ways: readonly Way[] = [flip, flip, insert, insert, remove, repeat, splice, cut]

const pieces = [
  ...[
    '\0',
    '\\u0000',
    '\\ud800',
    '\ufeff',
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\\',
    '\n',
    '%00',
    '&',
    '=',
    '1e999',
    '-',
  ],
  ...['99999999999999999999', 'null', '"__proto__":{},', '"item_id":', 'JSONString=', '{"item":', '</script>'],
].map((text) => Buffer.from(text)) as [Buffer, ...Buffer[]]
