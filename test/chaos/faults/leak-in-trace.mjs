import { EventDispatch } from '../../../dist/src/chat/socket/event-dispatch.js';

/** Somebody who looked for slow events wrote what comes in into a span. */
const { dispatch } = EventDispatch.prototype;
EventDispatch.prototype.dispatch = function talkative(socket, event) {
  return this.traces.step('dispatch', { payload: JSON.stringify(event[1]) }, () => dispatch.call(this, socket, event));
};
