export { csvHead, toCsv, toNdjson } from './export.ts'
export { type AuditEntry, record } from './record.ts'
export { type RowAction, type RowChange, recordRows, rowHistorySwitch } from './rows.ts'
export { type Audit, type AuditFilter, type AuditPage, type AuditRecord, createAudit } from './trail.ts'
