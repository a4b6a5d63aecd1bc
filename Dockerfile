# syntax=docker/dockerfile:1
# There is no build step: the image is the sources, the dependencies they run with, and Node, which runs TypeScript as it is.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-slim
ENV NODE_ENV=production TDS_DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE openapi.yaml ./
COPY db db
COPY routes routes
COPY src src
# Images and the spool. A number, so that a platform can see that it is not root.
RUN mkdir /data && chown 10001:10001 /data
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["node", "src/main.ts", "healthcheck", "live"]
CMD ["node", "src/main.ts", "serve"]
