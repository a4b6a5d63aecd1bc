export {
  type Check,
  type ChildSet,
  type Contradiction,
  type Details,
  defineEntity,
  detailViewOf,
  type Entity,
  type FollowUp,
  type Join,
  type Link,
  type ListView,
  listViewOf,
  modifiedAtColumnOf,
  type ReadPlan,
  type RowSet,
  type SyncMode,
  tableOf,
  type View,
  type WebhookRule,
  type Written,
} from './entity.ts'
export { absent, type Field, type FieldContext, type JsonObject } from './field.ts'
export { documentId, hashDocument, type MappedRow, mapDocument, readFields, viewOf } from './map.ts'
export { createEntities, type Entities, loadEntities } from './registry.ts'
