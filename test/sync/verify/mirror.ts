import { sql } from '../../../db/index.ts'
import { detailViewOf, type Entity, type JsonObject, type ReadPlan, tableOf } from '../../../src/entities/index.ts'
import { type ReadDocument, writeDocuments } from '../../../src/processors/index.ts'
import type { Service } from '../../helpers/service.ts'

const context = { baseCurrency: 'USD', nameArField: 'cf_name_ar', descriptionArField: 'cf_description_ar' }

/** Everything the simulated Zoho has, history's details included, which a sync would bring over days. */
export async function mirrorAll(service: Service): Promise<void> {
  await service.syncAll()
  await service.quiet()
  for (const entity of service.ctx.entities.list()) {
    const { read } = entity
    if (read?.kind === 'single') await bringDetails(service, entity, read)
  }
  await service.quiet()
}

async function bringDetails(service: Service, entity: Entity, plan: ReadPlan & { kind: 'single' }): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select ${sql.ref(entity.id.column)} as id from ${sql.table(tableOf(entity))} where deleted_at is null`.execute(
    service.db,
  )
  const documents: ReadDocument[] = []
  for (const { id } of rows) documents.push(await read(service, entity, plan, id))
  await service.db.transaction().execute(async (tx) => {
    const results = await writeDocuments(tx, entity, documents, context)
    const written = results.flatMap(({ sourceEntityId, change, view }) =>
      change ? [{ sourceEntityId, change, view }] : [],
    )
    await entity.after?.(tx, written)
  })
}

async function read(
  { ctx }: Service,
  entity: Entity,
  { product, path, keys }: ReadPlan & { kind: 'single' },
  id: string,
): Promise<ReadDocument> {
  const { body, readAt } = await ctx.zoho.get({
    product,
    path: path(id),
    purpose: 'test',
    signal: AbortSignal.timeout(10_000),
  })
  const key = keys.find((each) => each in body) ?? ''
  // The simulator answers a single record with an object; what else it might be fails the write.
  const document = body[key] as JsonObject
  return { sourceEntityId: id, view: detailViewOf(entity), document, readAt, readUntil: readAt }
}
