import { type Picture, renderPicture } from './picture.ts'

/** Renders pictures once and keeps the latest `most` small ones. */
export function createRenderer(most = 3000): (picture: Picture, preview: boolean) => Promise<Buffer> {
  const kept = new Map<string, Promise<Buffer>>()
  return (picture, preview) => {
    if (picture.kind.startsWith('large-')) return renderPicture(picture, preview)
    const key = `${picture.kind} ${picture.number} ${picture.revision} ${preview}`
    const known = kept.get(key)
    if (known) return known
    const rendered = renderPicture(picture, preview)
    kept.set(key, rendered)
    const oldest = kept.keys().next()
    if (kept.size > most && !oldest.done) kept.delete(oldest.value)
    return rendered
  }
}
