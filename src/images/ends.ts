import type { PictureType } from './format.ts'

/**
 * Whether the container reaches its own end mark. The decoders of PNG and GIF forgive a missing tail (measured: a PNG
 * short of 50 bytes decodes), so it is looked for; JPEG and WebP decoders notice by themselves.
 */
export function reachesItsEnd(type: PictureType, bytes: Buffer): boolean {
  if (type === 'png') return pngEnds(bytes)
  if (type === 'gif') return gifEnds(bytes)
  if (type === 'webp') return bytes.length >= 12 && bytes.readUInt32LE(4) + 8 <= bytes.length
  return true
}

/** Walks the chunks: length, type, data, checksum. */
function pngEnds(bytes: Buffer): boolean {
  let at = 8
  while (at + 12 <= bytes.length) {
    const next = at + 12 + bytes.readUInt32BE(at)
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return next <= bytes.length
    at = next
  }
  return false
}

const trailer = 0x3b
const extension = 0x21
const picture = 0x2c

/** Walks the blocks to the trailer, so that a cut in a later frame of an animation is seen. */
function gifEnds(bytes: Buffer): boolean {
  let at = 13 + colourTable(bytes[10])
  while (at < bytes.length) {
    const block = bytes[at]
    if (block === trailer) return true
    if (block === extension) at = afterSubBlocks(bytes, at + 2)
    else if (block === picture) at = afterSubBlocks(bytes, at + 11 + colourTable(bytes[at + 9]))
    else return false
  }
  return false
}

const colourTable = (flags = 0): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)

function afterSubBlocks(bytes: Buffer, start: number): number {
  let at = start
  while (at < bytes.length) {
    const size = bytes[at] ?? 0
    at += size + 1
    if (size === 0) break
  }
  return at
}
