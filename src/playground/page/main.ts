import { DatabaseView } from './database-view.js';
import { find } from './elements.js';
import { Pane } from './pane.js';

/*
 * Keys come in the fragment of the address, which no browser sends to a server, and are taken out of it at once, so that
 * they stand neither in the address bar nor in the history. From then on they are in the memory of this page alone.
 */
const given = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, '', location.pathname);

const form = find(HTMLFormElement, '#keys');

function enter(chatId: string, first: string, second: string): void {
  form.hidden = true;
  find(HTMLElement, '#board').hidden = false;
  const database = new DatabaseView(first, chatId);
  const panes = [
    new Pane({ chatId, key: first, rehydrate: true, onChange: () => database.refresh() }),
    new Pane({ chatId, key: second, rehydrate: false, onChange: () => database.refresh() }),
  ];
  find(HTMLElement, '#panes').append(...panes.map(({ root }) => root));
  for (const pane of panes) pane.connect();
  database.refresh();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const read = (name: string): string => (form.elements.namedItem(name) as HTMLInputElement).value.trim();
  enter(read('chat'), read('first'), read('second'));
  form.reset();
});

const [chatId, first, second] = ['chat', 'first', 'second'].map((name) => given.get(name));
if (chatId && first && second) enter(chatId, first, second);
