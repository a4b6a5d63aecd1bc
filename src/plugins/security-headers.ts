import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

const nothing = ["'none'"]

/**
 * Headers of everything that is no page: answers that a browser must neither run nor frame nor guess the type of.
 * Pages and images relax them where they are served. Strict transport is asked for only where the public URL has it,
 * and insecure requests are never upgraded: a plain-HTTP host in a local network is a supported place.
 */
export async function securityHeaders(
  app: FastifyInstance,
  { publicUrl }: { readonly publicUrl: string | undefined },
): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: nothing, baseUri: nothing, formAction: nothing, frameAncestors: nothing },
    },
    crossOriginOpenerPolicy: false,
    crossOriginResourcePolicy: { policy: 'same-origin' },
    originAgentCluster: false,
    strictTransportSecurity: publicUrl?.startsWith('https:') ? { maxAge: 31_536_000, includeSubDomains: false } : false,
  })
}
