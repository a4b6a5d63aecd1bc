import type { Fields } from '../json.ts'
import { extensionOf, type Picture } from './picture.ts'

/** The fields an item shows for its picture, or for none. */
export function imageFields(picture: Picture | undefined, documentId: string): Fields {
  if (!picture) return { image_name: '', image_type: '', image_document_id: '', image_id: '' }
  const extension = extensionOf[picture.kind]
  return {
    image_name: `item-${picture.number}${picture.revision === 0 ? '' : `-${picture.revision}`}.${extension}`,
    image_type: extension,
    image_document_id: documentId,
    image_id: documentId,
  }
}
