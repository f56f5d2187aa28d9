import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../auth/auth.module.js';
import { InvitationsController } from './invitations/invitations.controller.js';
import { InvitationsService } from './invitations/invitations.service.js';
import { InvitationStore } from './invitations/invitation.store.js';
import { Member } from './member.entity.js';
import { MemberStore } from './member.store.js';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';
import { ModerationController } from './moderation/moderation.controller.js';
import { ModerationLog } from './moderation/moderation-log.js';
import { ModerationService } from './moderation/moderation.service.js';
import { RestrictionStore } from './moderation/restriction.store.js';
import { UserRemovalController } from './user-removal.controller.js';
import { UserRemoval } from './user-removal.js';
import { WorkspaceAccesses } from './workspace-access.js';
import { WorkspaceAccessStore } from './workspace-access.store.js';
import { WorkspaceLifecycle } from './workspace-lifecycle.js';
import { Workspace } from './workspace.entity.js';
import { WorkspaceStore } from './workspace.store.js';
import { WorkspacesController } from './workspaces.controller.js';
import { WorkspacesService } from './workspaces.service.js';

/** Tenants: workspaces, members, roles, PII policy. */
@Module({
  imports: [AuthModule, TypeOrmModule.forFeature([Workspace, Member])],
  controllers: [
    WorkspacesController,
    MembersController,
    InvitationsController,
    ModerationController,
    UserRemovalController,
  ],
  providers: [
    InvitationsService,
    InvitationStore,
    MembersService,
    MemberStore,
    ModerationLog,
    ModerationService,
    RestrictionStore,
    UserRemoval,
    WorkspaceAccesses,
    WorkspaceAccessStore,
    WorkspaceLifecycle,
    WorkspacesService,
    WorkspaceStore,
  ],
  exports: [ModerationLog, WorkspaceAccesses, WorkspaceLifecycle],
})
export class WorkspaceModule {}
