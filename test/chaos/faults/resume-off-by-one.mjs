import { Sessions } from '../../../dist/src/chat/socket/sessions.js';

/** Who comes back misses the first event after the last one that they have. */
const { join } = Sessions.prototype;
Sessions.prototype.join = function offByOne(socket, session, lastSeq) {
  const shifted = lastSeq !== undefined && lastSeq < session.following.seq ? lastSeq + 1 : lastSeq;
  return join.call(this, socket, session, shifted);
};
