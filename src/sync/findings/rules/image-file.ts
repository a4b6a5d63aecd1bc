import type { Rule } from '../types.ts'

/** A digest is computed only of files that changed since the last look, so this costs one `stat` a picture. */
export const imageFile: Rule = {
  code: 'image_file',
  severity: 'error',
  says: 'every picture that a row calls present is on disk and is the one the row describes',
  async find({ damagedImages, entities, signal }) {
    const pictures = entities.list().find(({ lane }) => lane === 'image')
    if (!pictures) return []
    return (await damagedImages(signal)).map((id) => ({
      entity_type: pictures.name,
      source_entity_id: id,
      part: '',
      severity: 'error' as const,
      message: 'the image file is not the one the row describes',
      expected: 'that file',
      found: 'none, or other bytes',
    }))
  },
}
