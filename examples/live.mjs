// node examples/live.mjs "a message": enters a chat, sends the message and prints what comes back.
// Needs URL, KEY and CHAT in the environment.
import { connect } from 'cloakroom/client';

const { URL, KEY, CHAT } = process.env;
const chat = await connect({ url: URL, apiKey: KEY, chatId: CHAT });
const { message } = await chat.send(process.argv[2]);
for await (const { seq, text } of chat) {
  console.log('everybody sees', seq, text);
  console.log('acked, to the sender alone', message);
  chat.close();
}
