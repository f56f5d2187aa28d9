# Node 22 is the present long-term release; the service runs on 20.19 and later.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# The image talks to the PostgreSQL of DATABASE_URL: the embedded one is an optional package and stays out. What is in it
# is listed, as CycloneDX, in sbom.cdx.json.
RUN npm run -s build \
 && npm prune --omit=dev --omit=optional --no-audit --no-fund \
 && node scripts/sbom.mjs > sbom.cdx.json

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Nothing is written: the container may run with --read-only. By number, so that Kubernetes can see that it is not root.
USER 1000
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that it gets the signals; it reaps no strangers, and none are started here.
# The flags are those of `npm start`: they keep the heap small.
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=20", "dist/src/main.js"]
