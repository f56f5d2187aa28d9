import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../auth/auth.module.js';
import { Member } from './member.entity.js';
import { MemberStore } from './member.store.js';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';
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
  controllers: [WorkspacesController, MembersController],
  providers: [
    MembersService,
    MemberStore,
    WorkspaceAccesses,
    WorkspaceAccessStore,
    WorkspaceLifecycle,
    WorkspacesService,
    WorkspaceStore,
  ],
  exports: [WorkspaceAccesses, WorkspaceLifecycle],
})
export class WorkspaceModule {}
