import type { Tx } from '../../db/index.ts'
import { inputError } from '../errors.ts'
import type { KeyRow } from './list.ts'

/** @throws TdsError `KEY_NOT_FOUND` */
export async function lockKey(tx: Tx, id: string): Promise<KeyRow> {
  const row = await tx.selectFrom('tds_api_keys').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (!row) throw inputError('KEY_NOT_FOUND', `There is no key ${id}`, 404)
  return row
}
