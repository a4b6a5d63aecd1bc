import { absent, type JsonObject } from '../field.ts'

/** Custom fields come as a list, as a hash, or flattened into the row; `absent` where the document shows none of the name. */
export function customField(document: JsonObject, apiName: string): unknown {
  const listed = Array.isArray(document.custom_fields)
    ? document.custom_fields.find((each) => each?.api_name === apiName)
    : undefined
  if (listed) return listed.value ?? null
  const hash = document.custom_field_hash
  if (typeof hash === 'object' && hash !== null && apiName in hash) return (hash as JsonObject)[apiName]
  return apiName in document ? document[apiName] : absent
}
