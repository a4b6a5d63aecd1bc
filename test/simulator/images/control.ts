import type { Fields } from '../json.ts'
import type { Organisation } from '../organisation.ts'
import { imageFields } from './fields.ts'
import type { Picture, PictureKind } from './picture.ts'

export interface ImageControl {
  /** Gives an item another picture, with a new document id. Resolves to the fields it now shows. */
  replace(id: string, options?: { kind?: PictureKind | undefined; silent?: boolean | undefined }): Fields
  /** Replaces it by one that is cut short. */
  break(id: string, options?: { silent?: boolean | undefined }): Fields
  /** The item has no picture any more, and says so. */
  remove(id: string, options?: { silent?: boolean | undefined }): Fields
  /** The picture answers 404 though the item still names it. */
  lose(id: string): void
}

export function createImageControl(organisation: Organisation): ImageControl {
  let revision = 0

  function put(id: string, kind: PictureKind, silent: boolean): Fields {
    const record = organisation.record('items', id)
    const picture: Picture = { kind, number: record.picture?.number ?? 0, revision: ++revision }
    record.picture = picture
    const fields = imageFields(picture, organisation.world.nextId())
    organisation.change('items', id, fields, { silent })
    return fields
  }

  return {
    replace: (id, { kind = 'jpeg', silent = false } = {}) => put(id, kind, silent),
    break: (id, { silent = false } = {}) => put(id, 'truncated', silent),
    remove(id, { silent = false } = {}) {
      delete organisation.record('items', id).picture
      const fields = imageFields(undefined, '')
      organisation.change('items', id, fields, { silent })
      return fields
    },
    lose(id) {
      delete organisation.record('items', id).picture
    },
  }
}
