const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const wide = /^(?:\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Extended_Pictographic})/u

/** Without what a terminal would obey: control characters, and marks that turn the direction of the line. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ').toWellFormed()

/** The columns a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += wide.test(segment) ? 2 : 1
  return width
}

/** At most so many columns; what is cut off ends with `…`, and never within a letter and its marks. */
export function cut(text: string, columns: number): string {
  const clean = printable(text)
  if (widthOf(clean) <= columns) return clean
  let kept = ''
  let width = 0
  for (const { segment } of graphemes.segment(clean)) {
    width += wide.test(segment) ? 2 : 1
    if (width > columns - 1) break
    kept += segment
  }
  return columns < 1 ? '' : `${kept}…`
}
