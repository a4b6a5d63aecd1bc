import { sql } from '../../../db/index.ts'
import { oneRow, readOnly } from '../read-only.ts'
import { type Check, ok, skipped, warning } from '../types.ts'
import { some } from '../words.ts'

interface Fields {
  readonly products: number
  readonly seen: readonly string[]
}

/** Whether the custom fields that hold Arabic texts are ones Zoho really sends. Judged by the mirrored products. */
export const customFields: Check = {
  name: 'custom-fields',
  needs: 'database',
  anchor: 'custom-fields',
  async look({ db, config }) {
    const { products, seen } = await readOnly(db, (tx) => oneRow(tx, facts))
    if (products === 0) return [skipped('no product is mirrored yet')]
    const wanted = { TDS_NAME_AR_FIELD: config.fields.nameAr, TDS_DESCRIPTION_AR_FIELD: config.fields.descriptionAr }
    return Object.entries(wanted).map(([setting, name]) => {
      if (seen.includes(name)) return ok(`${name} comes with products`)
      const others = seen.length > 0 ? `; they have ${some(seen)}` : '; they have no custom field at all'
      return warning(
        `none of ${products} products has ${name}${others}`,
        `set ${setting} to the api_name in Zoho: Settings, Items, Field customization; then npm run tds -- sync full products`,
      )
    })
  },
}

/** Zoho sends custom fields flattened, as a hash and as an array; the newest documents tell what is in use. */
const facts = sql<Fields>`
  with newest as materialized (
    select zoho_data from products where deleted_at is null and jsonb_typeof(zoho_data) = 'object' order by id desc limit 5000
  )
  select (select count(*)::int from newest) as products,
    array(select distinct name from (
      select jsonb_object_keys(zoho_data) as name from newest
      union all
      select jsonb_object_keys(zoho_data -> 'custom_field_hash') from newest
        where jsonb_typeof(zoho_data -> 'custom_field_hash') = 'object'
      union all
      select field ->> 'api_name' from newest, jsonb_array_elements(
        case jsonb_typeof(zoho_data -> 'custom_fields') when 'array' then zoho_data -> 'custom_fields' else '[]' end) as field
    ) as all_names where name like 'cf\\_%' and name not like '%\\_unformatted' order by name) as seen`
