/*
 * Which room may use which (docs: architecture). What is not listed here is forbidden, circles included. Composition
 * (app.ts, app.module.ts, main.ts), the commands of cli/ and the generator of documents may use everything; nobody uses
 * them.
 */

/** Runs in browsers. */
const PAGE = '^src/playground/page/';

const ground = ['config', 'database', 'errors', 'edge', 'tracing'];

const edges = {
  config: [],
  errors: ['edge', 'config'],
  edge: ['errors', 'config'],
  tracing: ['config', 'errors'],
  database: ['config', 'errors', 'tracing'],
  logging: ['config', 'database', 'errors'],
  auth: ground,
  workspace: [...ground, 'auth'],
  pii: [...ground, 'auth', 'workspace'],
  chat: [...ground, 'auth', 'workspace', 'pii'],
  health: [...ground, 'auth'],
  demo: [...ground, 'auth'],
  playground: [...ground, 'auth', 'chat'],
};

/** Rooms that may count something, or tell of its security; the files of both use nothing of these rooms but codes. */
const telling = ['auth', 'workspace', 'pii', 'chat', 'edge', 'errors'];

const rooms = Object.entries(edges).map(([room, allowed]) => ({
  name: `edges-of-${room}`,
  comment: `${room} may use ${allowed.join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: ['\\.spec\\.ts$', PAGE] },
  to: {
    path: '^(src|test|bench|scripts)/',
    pathNot: [
      ...[room, ...allowed].map((other) => `^src/${other}/`),
      ...(telling.includes(room) ? ['^src/health/metrics\\.ts$', '^src/logging/security-log\\.ts$'] : []),
    ],
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...rooms,
    {
      name: 'known-rooms',
      comment: 'A new folder below src needs an entry above',
      severity: 'error',
      from: {
        path: '^src/[^/]+/',
        pathNot: `^src/(${[...Object.keys(edges), 'cli', 'client', 'documents'].join('|')})/`,
      },
      to: {},
    },
    {
      name: 'client-alone',
      comment: 'The client shares the wire types with the service, and nothing else',
      severity: 'error',
      from: { path: '^src/client/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(src|test)/', pathNot: ['^src/client/', '^src/chat/wire[^/]*\\.ts$'] },
    },
    {
      name: 'page-with-the-client-alone',
      comment: 'The page is a client as others are: what it can do, they can do',
      severity: 'error',
      from: { path: PAGE },
      to: { path: '.', pathNot: [PAGE, '^src/client/client\\.ts$'] },
    },
    { name: 'nobody-uses-the-page', severity: 'error', from: { pathNot: PAGE }, to: { path: PAGE } },
    {
      name: 'nobody-uses-the-client',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(client|cli)/', PAGE] },
      to: { path: '^src/client/' },
    },
    {
      name: 'entities-apart',
      comment: 'Two entities that import each other crash at load; rows of another module are asked for, not joined',
      severity: 'error',
      from: { path: '^src/([^/]+)/.*\\.entity\\.ts$' },
      to: { path: '\\.entity\\.ts$', pathNot: '^src/$1/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-tests-in-the-service',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: ['^test/', '\\.spec\\.ts$'] },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: ['\\.spec\\.ts$', '^src/client/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '@types/' },
    },
    {
      name: 'migrations-alone',
      comment: 'A migration is frozen; the code that it would use moves on',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: '^src/' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
