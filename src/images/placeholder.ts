import { createHash } from 'node:crypto'
import sharp from 'sharp'

export interface Placeholder {
  readonly bytes: Buffer
  readonly sha256: string
  readonly contentType: 'image/png'
}

const side = 240

/** What is shown where an item has no picture: a grey tile with a frame and two hills, drawn here, once. */
export async function drawPlaceholder(): Promise<Placeholder> {
  const pixels = Buffer.alloc(side * side, 0)
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) pixels[y * side + x] = shade(x, y)
  const bytes = await sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .png({ palette: true, compressionLevel: 9 })
    .toBuffer()
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex'), contentType: 'image/png' }
}

const background = 242
const line = 208
const hill = 222

function shade(x: number, y: number): number {
  const inset = Math.min(x, y, side - 1 - x, side - 1 - y)
  if (inset < 48) return background
  if (inset < 52) return line
  const sun = Math.hypot(x - 92, y - 92) < 14
  const hills = y > 100 + Math.abs(x - 150) || y > 132 + Math.abs(x - 96)
  return sun || hills ? (sun ? line : hill) : background
}
