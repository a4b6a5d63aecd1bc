import type { FollowUp, Written } from '../entity.ts'

/** A record that was touched in one product has most likely changed in the other as well; a full sync reads both anyway. */
export const otherView = (entityType: string, written: readonly Written[]): FollowUp[] =>
  written
    .filter(({ view, change }) => view === 'detail' && change !== 'deleted')
    .map(({ sourceEntityId }) => ({ entityType, sourceEntityId, onlyLive: true }))
