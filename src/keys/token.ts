import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * `tds_<id>_<secret><checksum>`: the id is public and names the key in the trail, the secret is 43 letters of 62 (256
 * bits), the checksum tells a typo from a key, and a leaked key from other text, without asking the database.
 */
export interface Token {
  readonly id: string
  readonly secret: string
}

const form = /^tds_([0-9A-Za-z]{8})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A new key's words, from the system's random numbers. */
export const newToken = (): Token => ({ id: randomText(8), secret: randomText(43) })

export const writeToken = ({ id, secret }: Token): string => `tds_${id}_${secret}${checksum(`tds_${id}_${secret}`)}`

/** Undefined for what is no token of ours, whatever it looks like. */
export function readToken(text: string): Token | undefined {
  const [, id, secret, sum] = form.exec(text) ?? []
  if (id === undefined || secret === undefined || sum === undefined) return undefined
  return checksum(text.slice(0, -sum.length)) === sum ? { id, secret } : undefined
}

/** Whether a text is a token that TDS could have made: for scanners and for people who paste. */
export const isToken = (text: string): boolean => readToken(text) !== undefined

/** The secret is random, so one round of a fast hash keeps it: see the migration of the keys. */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

const randomText = (length: number): string => Array.from({ length }, () => letters.charAt(randomInt(62))).join('')

function checksum(text: string): string {
  let rest = crc32(text)
  let sum = ''
  for (let place = 0; place < 6; place += 1) {
    sum = letters.charAt(rest % 62) + sum
    rest = Math.floor(rest / 62)
  }
  return sum
}
