import type { Resource, View } from '../resource.ts'
import { baseCurrency } from './currencies.ts'

const view: View = {
  path: '/organizations',
  listKey: 'organizations',
  detailKey: 'organization',
  paged: false,
  needsOrganization: false,
  listRow: (record) => record.fields,
  detail: (record) => record.fields,
}

export const organizations: Resource = {
  name: 'organizations',
  idField: 'organization_id',
  label: 'Organization',
  views: { books: view, inventory: view },
  seed(world) {
    const { organizationId, timeZone, anchorMs } = world.settings
    const base = world.store.all('currencies').find(({ fields }) => fields.currency_code === baseCurrency)
    const fields = {
      organization_id: organizationId,
      name: 'Simulated Trading Company',
      contact_name: 'Simulated Trading Company',
      email: 'office@simulated.example',
      is_default_org: true,
      language_code: 'en',
      fiscal_year_start_month: '1',
      account_created_date: '2021-03-14',
      time_zone: timeZone,
      is_dst_active: false,
      date_format: 'dd/MM/yyyy',
      field_separator: '/',
      industry_type: 'Electronics',
      industry_size: '11-50',
      company_id_label: '',
      company_id_value: '',
      tax_id_label: '',
      tax_id_value: '',
      currency_id: base?.id ?? '',
      currency_code: baseCurrency,
      currency_symbol: '$',
      currency_format: '###,##0.00',
      price_precision: 2,
      plan_type: 4,
      plan_name: 'Premium',
      plan_period: 'Month',
      country_code: 'IQ',
      country_name: 'Iraq',
      portal_name: 'simulatedtrading',
      org_settings: { is_org_active: true },
    }
    return [{ id: organizationId, fields, createdMs: anchorMs, modifiedMs: anchorMs }]
  },
}
