import { crc32, deflateSync } from 'node:zlib'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Encodes raw RGB as PNG; compression level 0 makes a large file at no cost. */
export function encodePng(pixels: Buffer, side: number, level: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const data = deflateSync(unfiltered(pixels, side), { level })
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

// Each line of a PNG begins with its filter; 0 is none.
function unfiltered(pixels: Buffer, side: number): Buffer {
  const lines = Buffer.alloc(side * (side * 3 + 1))
  for (let y = 0; y < side; y++) pixels.copy(lines, y * (side * 3 + 1) + 1, y * side * 3, (y + 1) * side * 3)
  return lines
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
