// node examples/browser/server.mjs: a server of your own, which holds the key, and a page that never sees it.
// Needs URL, KEY and CHAT in the environment; PORT is 8080. The service must allow the page: ALLOWED_ORIGINS.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { getConnectionString } from 'cloakroom/client';

const { URL: url, KEY: apiKey, CHAT: chatId, PORT: port = '8080' } = process.env;
const read = (address) => readFileSync(fileURLToPath(address));

const files = {
  '/': ['text/html', read(new globalThis.URL('page.html', import.meta.url))],
  '/page.js': ['text/javascript', read(new globalThis.URL('page.js', import.meta.url))],
  '/client.js': ['text/javascript', read(import.meta.resolve('cloakroom/client/browser'))],
  '/settings.json': ['application/json', JSON.stringify({ url, chatId })],
};

/** Here you look who asks: whoever gets a connection string is in the chat. */
async function giveConnectionString(response) {
  try {
    const ticket = await getConnectionString({ url, apiKey, chatId });
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(ticket));
  } catch (error) {
    response.writeHead(502).end(error.code);
  }
}

const server = createServer((request, response) => {
  const [type, content] = files[request.url] ?? [];
  if (request.method === 'POST' && request.url === '/connection-string') void giveConnectionString(response);
  else if (type === undefined) response.writeHead(404).end();
  else response.setHeader('Content-Type', type).end(content);
});
server.listen(Number(port), 'localhost', () => console.log(`open http://localhost:${server.address().port}`));
