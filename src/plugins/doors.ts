import type { RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Scope } from '../keys/index.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Said of each route that needs no key: for everybody, or for Zoho, which signs. */
    access?: 'public' | 'webhook'
  }
  interface FastifyInstance {
    /** Every route of the app and who may use it. */
    doors(): readonly Door[]
  }
}

export interface Door {
  readonly method: string
  /** Pattern of the path. */
  readonly url: string
  readonly needs: Scope | 'public' | 'webhook'
}

/** No route without a word on who may use it: an app in which one was forgotten does not start. */
export const doors = fp(
  async (app) => {
    const routes: RouteOptions[] = []
    app.addHook('onRoute', (route) => void routes.push(route))
    app.decorate('doors', () => routes.flatMap(doorsOf))
    app.addHook('onReady', async () => void app.doors())
  },
  { name: 'tds-doors', fastify: '5.x' },
)

function doorsOf({ method, url, config }: RouteOptions): Door[] {
  const needs = config?.scope ?? config?.access
  if (!needs) throw new Error(`${method} ${url} says neither which scope it needs nor that it is public`)
  return [method].flat().map((each) => ({ method: each, url, needs }))
}

/** For what others register in a scope of ours, which names nothing itself: all of it is for everybody. */
export const markPublic = fp(
  async (app) => {
    app.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' }
    })
  },
  { name: 'tds-mark-public', fastify: '5.x' },
)
