# The program, compiled.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
# All that tsconfig.json names: unit tests stand beside their files and share what is in test/.
COPY src src
COPY test test
COPY bench bench
COPY fuzz fuzz
COPY nemesis nemesis
RUN npx tsc && find dist/src -name '*.test.js*' -delete

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
COPY --from=build /app/dist/src dist/src
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
ENTRYPOINT ["node", "--enable-source-maps", "--max-semi-space-size=64", "dist/src/main.js"]
CMD ["start"]
