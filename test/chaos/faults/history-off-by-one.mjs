import { MessageStore } from '../../../dist/src/chat/messages/message.store.js';

/** Who asks for what comes after a message does not get the next one. */
const { page } = MessageStore.prototype;
MessageStore.prototype.page = function offByOne(scope, range) {
  return page.call(
    this,
    scope,
    range.direction === 'after' && range.seq > 0 ? { ...range, seq: range.seq + 1 } : range,
  );
};
