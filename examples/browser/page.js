import { connect } from '/client.js';

const status = document.querySelector('[role=status]');
const { url, chatId } = await (await fetch('/settings.json')).json();
const chat = await connect({
  url,
  chatId,
  // Asked again for every connection, since each string opens one.
  getConnectionString: async () => {
    const answer = await fetch('/connection-string', { method: 'POST' });
    if (!answer.ok) throw new Error('no connection string');
    return answer.json();
  },
});
status.textContent = 'connected';

async function send(text) {
  try {
    const { message } = await chat.send(text);
    status.textContent = `kept: ${message}`;
  } catch (error) {
    status.textContent = error.code;
  }
}

document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const { form, value } = event.target.elements.message;
  form.reset();
  void send(value);
});

for await (const { seq, text } of chat) {
  const line = document.createElement('li');
  line.textContent = `${seq} ${text}`;
  document.querySelector('#messages').append(line);
}
