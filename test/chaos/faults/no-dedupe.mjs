import { MessageStore } from '../../../dist/src/chat/messages/message.store.js';

/** A repetition under the same client id is a message of its own. */
const { append } = MessageStore.prototype;
MessageStore.prototype.append = function forgetful(batch) {
  return append.call(
    this,
    batch.map((message) => ({ ...message, clientMessageId: null })),
  );
};
