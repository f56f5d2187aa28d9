// node examples/rest.mjs "a message": the REST API by a client whose types come from the OpenAPI document.
// Needs URL, KEY and CHAT in the environment.
// @ts-check
import createClient from 'openapi-fetch';

/** @type {import('openapi-fetch').Client<import('./openapi.js').paths>} */
const api = createClient({ baseUrl: process.env['URL'] ?? '', headers: { 'X-API-Key': process.env['KEY'] ?? '' } });
const path = { chatId: process.env['CHAT'] ?? '' };

// A path, a parameter or a member of the body that the document does not have is an error of the type checker.
const sent = await api.POST('/v1/chat/{chatId}/messages', {
  params: { path },
  body: { message: process.argv[2] ?? '' },
});
if (sent.error) throw new Error(sent.error.code);
console.log('to the sender alone', sent.data.message);

const { data, error } = await api.GET('/v1/chat/{chatId}/messages', { params: { path, query: { limit: 1 } } });
if (error) throw new Error(error.code);
console.log('everybody sees', data.items[0]?.text);
