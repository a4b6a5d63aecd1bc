import sharp from 'sharp'
import { reachesItsEnd } from './ends.ts'
import { describeForeign, formats, type PictureType, typeOf } from './format.ts'
import type { Extension } from './names.ts'

export interface Inspected {
  readonly status: 'present'
  readonly type: PictureType
  readonly extension: Extension
  readonly contentType: string
  /** Pixels, as a viewer shows it (EXIF orientation applied). */
  readonly width: number
  readonly height: number
}

export interface Refusal {
  /** `broken` may be a cut download; the other two are facts about the picture. */
  readonly status: 'refused' | 'broken' | 'too_large'
  readonly reason: string
}

export type Inspect = (bytes: Buffer) => Promise<Inspected | Refusal>

export interface InspectorOptions {
  /** @default 20 MiB */
  readonly maxBytes?: number
  /** @default 100 million */
  readonly maxPixels?: number
  /** A picture that takes longer to decode is refused. @default 20 */
  readonly maxSeconds?: number
}

const bufferLoaders = ['JpegBuffer', 'PngBuffer', 'WebpBuffer', 'NsgifBuffer'].map((name) => `VipsForeignLoad${name}`)

/** Bytes → what kind of picture they are, or in words why they are none. Only four loaders exist in this process after it. */
export function createInspector(options: InspectorOptions = {}): Inspect {
  const { maxBytes = 20 * 1024 * 1024, maxPixels = 100_000_000, maxSeconds = 20 } = options
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: bufferLoaders })
  sharp.concurrency(1)
  sharp.cache(false)

  return async (bytes) => {
    const type = typeOf(bytes)
    if (!type) return { status: 'refused', reason: `not a jpg, png, webp or gif picture but ${describeForeign(bytes)}` }
    if (bytes.length > maxBytes)
      return { status: 'too_large', reason: `${bytes.length} bytes, allowed are ${maxBytes}` }
    const size = await readSize(bytes)
    if (!size) return { status: 'broken', reason: `the header of the ${type} cannot be read` }
    const { width, height } = size
    if (width * height > maxPixels) {
      return { status: 'too_large', reason: `${width} × ${height} pixels, allowed are ${maxPixels} in all` }
    }
    if (!reachesItsEnd(type, bytes) || !(await decodes(bytes, maxPixels, maxSeconds))) {
      return { status: 'broken', reason: `the ${type} is cut short or damaged` }
    }
    const { extension, contentType } = formats[type]
    return { status: 'present', type, extension, contentType, width, height }
  }
}

/** From the header alone; the cap is ours to compare, so that "too large" and "unreadable" stay two answers. */
async function readSize(bytes: Buffer): Promise<{ width: number; height: number } | undefined> {
  try {
    const { autoOrient, width, height } = await sharp(bytes, { limitInputPixels: false }).metadata()
    return { width: autoOrient.width ?? width, height: autoOrient.height ?? height }
  } catch {
    return undefined
  }
}

/**
 * Decodes to the last row while keeping almost nothing: a JPEG is shrunk as it is read (3 ms for 800 × 800 where
 * `stats` took 32), the others are sampled. Colours are not looked at, only whether the decoder complains.
 */
async function decodes(bytes: Buffer, maxPixels: number, maxSeconds: number): Promise<boolean> {
  try {
    await sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels, sequentialRead: true })
      .resize({ width: 16, height: 16, fit: 'inside', kernel: 'nearest' })
      .timeout({ seconds: maxSeconds })
      .raw()
      .toBuffer()
    return true
  } catch {
    return false
  }
}
