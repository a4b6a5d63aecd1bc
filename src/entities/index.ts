export {
  defineEntity,
  type Entity,
  type FollowUp,
  type Link,
  type ListView,
  type ReadPlan,
  type RowSet,
  type View,
  type Written,
} from './entity.ts'
export { absent, type Field, type FieldContext, type JsonObject } from './field.ts'
export { documentId, hashDocument, type MappedRow, mapDocument, readFields, viewOf } from './map.ts'
export { createEntities, type Entities, loadEntities } from './registry.ts'
