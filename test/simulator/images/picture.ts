import sharp from 'sharp'
import { drawPixels } from './pixels.ts'
import { encodePng } from './png.ts'

/** What is behind an item's picture; its bytes are made when somebody asks for them. */
export interface Picture {
  readonly kind: PictureKind
  /** The number drawn into it, which with `revision` makes it different from every other. */
  readonly number: number
  readonly revision: number
}

export const pictureKinds = [
  'jpeg',
  'png',
  'webp',
  'gif',
  'large-jpeg',
  'large-png',
  'truncated',
  'svg-as-png',
  'html-as-jpeg',
] as const
export type PictureKind = (typeof pictureKinds)[number]

export const isPictureKind = (text: unknown): text is PictureKind => pictureKinds.some((kind) => kind === text)

/** Extension in `image_name` and `image_type`: what the uploader believed, which may be wrong. */
export const extensionOf: Record<PictureKind, string> = {
  jpeg: 'jpg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  'large-jpeg': 'jpg',
  'large-png': 'png',
  truncated: 'jpg',
  'svg-as-png': 'png',
  'html-as-jpeg': 'jpg',
}

/** Content-Type of the reply, for two kinds a lie. */
export const contentTypeOf: Record<PictureKind, string> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  'large-jpeg': 'image/jpeg',
  'large-png': 'image/png',
  truncated: 'image/jpeg',
  'svg-as-png': 'image/png',
  'html-as-jpeg': 'image/jpeg',
}

/** What a careful reader makes of it: an image, a damaged image, or something that must be refused. */
export function verdictOn(kind: PictureKind): 'good' | 'broken' | 'refused' {
  if (kind === 'truncated') return 'broken'
  return kind === 'svg-as-png' || kind === 'html-as-jpeg' ? 'refused' : 'good'
}

const sideOf = (kind: PictureKind) => (kind.startsWith('large-') ? 1500 : 200)

/** The bytes of a picture: equal for equal pictures, different for different ones. */
export async function renderPicture(picture: Picture, preview = false): Promise<Buffer> {
  const { kind, number } = picture
  if (kind === 'svg-as-png') return Buffer.from(svg(number))
  if (kind === 'html-as-jpeg') return Buffer.from(html(number))
  const side = preview ? 80 : sideOf(kind)
  const pixels = drawPixels({ ...picture, side, noisy: kind.startsWith('large-') && !preview })
  if (kind === 'png') return encodePng(pixels, side, 6)
  if (kind === 'large-png') return encodePng(pixels, side, 0)
  return encodeWithSharp(picture, pixels, side)
}

async function encodeWithSharp({ kind }: Picture, pixels: Buffer, side: number): Promise<Buffer> {
  const image = sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
  if (kind === 'webp') return image.webp({ quality: 80 }).toBuffer()
  if (kind === 'gif') return image.gif().toBuffer()
  if (kind === 'large-jpeg') return image.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer()
  const jpeg = await image.jpeg({ quality: 82 }).toBuffer()
  return kind === 'truncated' ? jpeg.subarray(0, Math.floor(jpeg.length / 2)) : jpeg
}

const svg = (number: number) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><script>alert(${number})</script></svg>`

const html = (number: number) =>
  `<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Session expired (${number}).</p></body></html>`
