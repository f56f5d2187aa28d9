import { createServer } from 'node:http';
import { history, insert, listen, prepare } from './bare-store.mjs';

/*
 * node:http and one INSERT; for histories the query alone (`/discarded`: rows are read and thrown away) and the usual
 * way (`/rows`: objects, JSON.stringify).
 */
await prepare();
function send(response, status, text) {
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': length }).end(text);
}

async function answer(request, response) {
  const [, chatId, kind] = request.url.split('/');
  try {
    if (request.method === 'POST') {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const { message, clientMessageId } = JSON.parse(Buffer.concat(chunks).toString());
      const view = await insert(chatId, 'somebody', clientMessageId, message);
      send(response, 201, JSON.stringify(view));
    } else {
      const rows = await history(chatId);
      send(response, 200, kind === 'rows' ? JSON.stringify({ items: rows }) : '{}');
    }
  } catch {
    response.writeHead(500).end();
  }
}
listen(createServer((request, response) => void answer(request, response)));
