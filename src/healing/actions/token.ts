import { errorCode, errorMessage } from '../../errors.ts'
import type { HealingDeps, Pass, PassOptions } from '../types.ts'

/**
 * Refused credentials pause everything until they are accepted again. Work that comes asks by itself; an idle system
 * would not, so this does. The shared token row allows one request in a quarter of an hour, whoever asks, and its room
 * writes down the recovery.
 */
export function createTokenPass({ zoho }: Pick<HealingDeps, 'zoho'>) {
  return async ({ dryRun }: PassOptions): Promise<Pass> => {
    const { configured, token } = await zoho.state()
    if (!configured || !token.pausedAt) return { found: 0, healed: 0, held: null, samples: [] }
    const samples = [`refused since ${token.pausedAt.toISOString()}`]
    if (dryRun) return { found: 1, healed: 0, held: null, samples }
    try {
      await zoho.retryToken()
    } catch (error) {
      if (!errorCode(error).startsWith('ZOHO_')) throw error
      return { found: 1, healed: 0, held: errorMessage(error), samples }
    }
    const { pausedAt } = (await zoho.state()).token
    return {
      found: 1,
      healed: pausedAt ? 0 : 1,
      held: pausedAt ? 'another process asked at the same time' : null,
      samples,
    }
  }
}
