import { setTimeout as delay } from 'node:timers/promises';
import { created } from '../../../dist/src/chat/feed/chat-event.js';
import { ChatFeed } from '../../../dist/src/chat/feed/chat-feed.js';
import { MessageStore } from '../../../dist/src/chat/messages/message.store.js';

/** Readers are shown messages while their transaction is still open; the ack waits for it. */
let feed;
const { listen } = ChatFeed.prototype;
ChatFeed.prototype.listen = function listenAndNote(listener) {
  feed = this;
  listen.call(this, listener);
};
const { append } = MessageStore.prototype;
MessageStore.prototype.append = function early(batch) {
  return this.database.transaction(async (open) => {
    const results = await append.call(Object.create(this, { database: { value: open } }), batch);
    feed.publish(results.flatMap(({ outcome, view }) => (outcome === 'written' ? [created(view)] : [])));
    await delay(150);
    return results;
  });
};
