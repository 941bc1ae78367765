# The program in a few files.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY scripts/bundle.mjs scripts/bundle-main.cjs scripts/code-cache.mjs scripts/keep-code.cjs scripts/
COPY src src
RUN node scripts/bundle.mjs

# What it needs to run, and nothing that only building and testing need.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production \
    ALTHING_HOME=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist/bundle dist/bundle
COPY package.json ./
COPY docker/healthcheck.mjs docker/healthcheck.mjs
# Volumes take the owner of the folder that they cover.
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
# REST, metrics, peers
EXPOSE 4600 4700 4800
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "docker/healthcheck.mjs"]
ENTRYPOINT ["node", "--max-semi-space-size=32", "dist/bundle/main.js"]
CMD ["start"]
