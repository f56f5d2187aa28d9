import { ChatGateway } from '../../../dist/src/chat/socket/chat.gateway.js';

/** An asynchronous cleaning-up whose failure nobody awaits. */
const { handleDisconnect } = ChatGateway.prototype;
let count = 0;
ChatGateway.prototype.handleDisconnect = function careless(socket) {
  handleDisconnect.call(this, socket);
  if (++count === 5) void Promise.reject(new Error('nobody awaits this'));
};
