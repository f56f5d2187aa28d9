import { ChatGateway } from '../../../dist/src/chat/socket/chat.gateway.js';

/** An asynchronous cleaning-up whose failure nobody awaits. */
const { end } = ChatGateway.prototype;
let count = 0;
ChatGateway.prototype.end = function careless(socket) {
  end.call(this, socket);
  if (++count === 5) void Promise.reject(new Error('nobody awaits this'));
};
