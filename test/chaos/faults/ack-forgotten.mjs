import { EventContext } from '../../../dist/src/chat/socket/event-context.js';

/** Now and then an event is done, and nobody says so. */
const { reply } = EventContext.prototype;
let count = 0;
EventContext.prototype.reply = function forgetful(answer) {
  if ((count += 1) % 40 !== 0) reply.call(this, answer);
};
