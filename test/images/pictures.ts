import sharp from 'sharp'

/** Small real pictures for the tests, drawn here; `seed` makes two of a kind differ. */
export async function picture(
  type: 'jpeg' | 'png' | 'webp' | 'gif',
  o: { width?: number; height?: number; seed?: number } = {},
) {
  const { width = 60, height = 40, seed = 1 } = o
  const pixels = Buffer.alloc(width * height * 3)
  let state = seed * 7919 + 1
  for (let at = 0; at < pixels.length; at++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    pixels[at] = state >> 16
  }
  return await sharp(pixels, { raw: { width, height, channels: 3 } })
    .toFormat(type)
    .toBuffer()
}

/** Three frames of one colour each. */
export async function animatedGif() {
  const frames = await Promise.all(
    [0, 90, 180].map((red) =>
      sharp({ create: { width: 50, height: 50, channels: 3, background: { r: red, g: 10, b: 20 } } })
        .png()
        .toBuffer(),
    ),
  )
  return await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer()
}

export const svg = Buffer.from(
  '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
)
export const html = Buffer.from('<!DOCTYPE html><html><body>Sign in</body></html>')
