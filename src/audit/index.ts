export { csvHead, toCsv, toNdjson } from './export.ts'
export { type AuditEntry, record } from './record.ts'
export { type Audit, type AuditFilter, type AuditPage, type AuditRecord, createAudit } from './trail.ts'
