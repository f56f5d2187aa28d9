import './support/typescript.mjs';

/** Jest runs this once, before the workers start. */
export default async function setUp() {
  const { startTestServer } = await import('./support/test-server.ts');
  globalThis.testServer = await startTestServer();
}
