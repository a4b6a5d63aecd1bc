import fp from 'fastify-plugin'

export interface RequestMetricsOptions {
  readonly observe: (answered: {
    readonly method: string
    readonly route: string | undefined
    readonly status: number
    readonly seconds: number
    readonly module: string | undefined
  }) => void
}

/** Tells of every answered request by its route's pattern, never by its path: paths hold ids. */
export const requestMetrics = fp<RequestMetricsOptions>(
  async (app, { observe }) => {
    app.addHook('onResponse', async (request, reply) => {
      observe({
        method: request.method,
        route: request.is404 ? undefined : request.routeOptions.url,
        status: reply.statusCode,
        seconds: reply.elapsedTime / 1000,
        module: moduleOf(request.params),
      })
    })
  },
  { name: 'tds-request-metrics', fastify: '5.x' },
)

const moduleOf = (params: unknown): string | undefined =>
  typeof params === 'object' && params !== null && 'module' in params && typeof params.module === 'string'
    ? params.module
    : undefined
