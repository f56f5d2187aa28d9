import type { AuthenticatedRequest } from '../auth/principal.js';
import type { WorkspaceAccess } from './workspace-access.js';

/** A request whose guard has decided what the caller may do in the workspace that the call is about. */
export interface WorkspaceRequest extends AuthenticatedRequest {
  access: WorkspaceAccess;
}
