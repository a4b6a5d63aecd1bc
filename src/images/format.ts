import type { Extension } from './names.ts'

export type PictureType = 'jpeg' | 'png' | 'webp' | 'gif'

interface Format {
  readonly extension: Extension
  readonly contentType: string
  readonly matches: (bytes: Buffer) => boolean
}

const latin = (bytes: Buffer, from: number, to: number) => bytes.toString('latin1', from, to)

export const formats: Readonly<Record<PictureType, Format>> = {
  jpeg: {
    extension: 'jpg',
    contentType: 'image/jpeg',
    matches: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
  },
  png: {
    extension: 'png',
    contentType: 'image/png',
    matches: (bytes) => latin(bytes, 0, 8) === '\x89PNG\r\n\x1a\n',
  },
  webp: {
    extension: 'webp',
    contentType: 'image/webp',
    matches: (bytes) => latin(bytes, 0, 4) === 'RIFF' && latin(bytes, 8, 12) === 'WEBP',
  },
  gif: {
    extension: 'gif',
    contentType: 'image/gif',
    matches: (bytes) => /^GIF8[79]a$/.test(latin(bytes, 0, 6)),
  },
}

const types = ['jpeg', 'png', 'webp', 'gif'] as const satisfies readonly PictureType[]

/** The type by magic bytes; headers and names are not believed. */
export const typeOf = (bytes: Buffer): PictureType | undefined => types.find((type) => formats[type].matches(bytes))

export const contentTypeOf = (extension: Extension): string =>
  Object.values(formats).find((format) => format.extension === extension)?.contentType ?? 'application/octet-stream'

/** What bytes that are no picture look like, for the operator who reads the reason. */
export function describeForeign(bytes: Buffer): string {
  if (bytes.length === 0) return 'an empty file'
  const start = latin(bytes, 0, 512)
    .replace(/^(\xef\xbb\xbf|\s)+/, '')
    .toLowerCase()
  if (start.includes('<svg')) return 'an SVG drawing'
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'an HTML page'
  if (start.startsWith('<')) return 'XML or HTML text'
  if (start.startsWith('{') || start.startsWith('[')) return 'JSON text'
  if (start.startsWith('bm')) return 'a BMP picture'
  return `bytes that begin with ${bytes.toString('hex', 0, 8)}`
}
