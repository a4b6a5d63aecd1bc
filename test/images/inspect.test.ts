import { crc32, deflateSync } from 'node:zlib'
import t from 'tap'
import { createInspector } from '../../src/images/inspect.ts'
import { animatedGif, html, picture, svg } from './pictures.ts'

const inspect = createInspector()

t.test('tells the four types by their bytes, with extension and size', async (t) => {
  const kinds = [
    ['jpeg', 'jpg'],
    ['png', 'png'],
    ['webp', 'webp'],
    ['gif', 'gif'],
  ] as const
  for (const [type, extension] of kinds) {
    t.same(await inspect(await picture(type)), {
      status: 'present',
      type,
      extension,
      contentType: `image/${type}`,
      width: 60,
      height: 40,
    })
  }
})

t.test('an animated GIF is whole when all its frames are there', async (t) => {
  const bytes = await animatedGif()
  t.match(await inspect(bytes), { status: 'present', type: 'gif', width: 50, height: 50 })
  t.match(await inspect(bytes.subarray(0, bytes.length - 60)), { status: 'broken' }, 'the last frame is cut')
})

t.test('the size of a picture that a viewer turns is the turned one', async (t) => {
  const { default: sharp } = await import('sharp')
  const turned = await sharp(await picture('jpeg'))
    .withMetadata({ orientation: 6 })
    .toBuffer()
  t.match(await inspect(turned), { status: 'present', width: 40, height: 60 })
})

t.test('a picture cut anywhere is broken, whatever its type', async (t) => {
  for (const type of ['jpeg', 'png', 'webp', 'gif'] as const) {
    const bytes = await picture(type, { width: 300, height: 200 })
    for (const length of [16, 40, bytes.length >> 1, bytes.length - 200, bytes.length - 13, bytes.length - 1]) {
      t.match(
        await inspect(bytes.subarray(0, length)),
        { status: 'broken' },
        `${type} cut to ${length} of ${bytes.length}`,
      )
    }
  }
})

t.test('a PNG whose data does not decode is broken though it ends as it should', async (t) => {
  const bytes = await picture('png', { width: 200, height: 200 })
  bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + 64)
  t.match(await inspect(bytes), { status: 'broken' })
})

t.test('everything else is refused, in words that say what it is', async (t) => {
  const others: readonly (readonly [Buffer, RegExp])[] = [
    [svg, /SVG/],
    [html, /HTML/],
    [Buffer.from('\ufeff  <html>'), /HTML/],
    [Buffer.from('{"code":57}'), /JSON/],
    [Buffer.from('BM000000'), /BMP/],
    [Buffer.from('%PDF-1.7'), /25504446/],
    [Buffer.alloc(0), /empty/],
  ]
  for (const [bytes, words] of others) t.match(await inspect(bytes), { status: 'refused', reason: words })
})

t.test('the loaders of other types are blocked, SVG first', async (t) => {
  const { default: sharp } = await import('sharp')
  await t.rejects(sharp(svg).metadata())
})

t.test('too many bytes and too many pixels are too large, not broken', async (t) => {
  const bytes = await picture('png')
  t.match(await createInspector({ maxBytes: bytes.length - 1 })(bytes), { status: 'too_large', reason: /bytes/ })
  t.match(await createInspector({ maxPixels: 60 * 40 - 1 })(bytes), { status: 'too_large', reason: /60 × 40/ })
  t.match(await inspect(onePixelColour(16_000, 16_000)), { status: 'too_large', reason: /16000 × 16000/ })
})

/** A PNG of one colour at a bit a pixel: 256 megapixels in some kilobytes. */
function onePixelColour(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([1, 0, 0, 0, 0], 8)
  const data = deflateSync(Buffer.alloc((width / 8 + 1) * height))
  const chunk = (type: string, body: Buffer) => {
    const framed = Buffer.alloc(body.length + 12)
    framed.writeUInt32BE(body.length, 0)
    framed.write(type, 4, 'latin1')
    body.copy(framed, 8)
    framed.writeUInt32BE(crc32(framed.subarray(4, body.length + 8)), body.length + 8)
    return framed
  }
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}
