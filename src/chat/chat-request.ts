import type { WorkspaceRequest } from '../workspace/workspace-request.js';
import type { ChatRecord } from './chat.store.js';

/** A request whose guard has found the chat that the call is about, visible to the caller. */
export interface ChatRequest extends WorkspaceRequest {
  chat: ChatRecord;
}
