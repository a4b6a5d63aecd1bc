import { hash } from '../random.ts'

/** Draws a textured square with a number on it, as raw RGB. */
export function drawPixels(options: { number: number; revision: number; side: number; noisy: boolean }): Buffer {
  const { number, revision, side, noisy } = options
  const pixels = Buffer.allocUnsafe(side * side * 3)
  let state = hash(`picture ${number} ${revision}`) | 1
  const [red, green, blue] = [state & 127, (state >>> 8) & 127, (state >>> 16) & 127]
  const grain = noisy ? 255 : 31
  let at = 0
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      // xorshift: cheap texture, so that a small picture still weighs some kilobytes.
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      const noise = state & grain
      pixels[at++] = (red + (x * 90) / side + noise) & 255
      pixels[at++] = (green + (y * 90) / side + noise) & 255
      pixels[at++] = (blue + noise) & 255
    }
  }
  drawNumber(pixels, side, String(number))
  return pixels
}

// Three by five cells a digit, a bit a cell.
const digits: Record<string, number> = {
  '0': 0b111_101_101_101_111,
  '1': 0b010_110_010_010_111,
  '2': 0b111_001_111_100_111,
  '3': 0b111_001_111_001_111,
  '4': 0b101_101_111_001_001,
  '5': 0b111_100_111_001_111,
  '6': 0b111_100_111_101_111,
  '7': 0b111_001_010_010_010,
  '8': 0b111_101_111_101_111,
  '9': 0b111_101_111_001_111,
}

function drawNumber(pixels: Buffer, side: number, text: string): void {
  const cell = Math.max(1, Math.floor(side / (text.length * 4 + 2)))
  const top = Math.floor((side - cell * 5) / 2)
  for (const [index, digit] of [...text].entries()) {
    const shape = digits[digit] ?? 0
    for (let bit = 0; bit < 15; bit++) {
      if (((shape >> (14 - bit)) & 1) === 0) continue
      fill(pixels, side, cell * (1 + index * 4 + (bit % 3)), top + cell * Math.floor(bit / 3), cell)
    }
  }
}

function fill(pixels: Buffer, side: number, left: number, top: number, size: number): void {
  for (let y = top; y < top + size; y++) pixels.fill(255, (y * side + left) * 3, (y * side + left + size) * 3)
}
