import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { Config } from '../config/config.js';
import { WorkspaceModule } from '../workspace/workspace.module.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditService } from './audit/audit.service.js';
import { AuditStore } from './audit/audit.store.js';
import { RevealRights } from './audit/reveal-rights.js';
import { Detection } from './detection.js';
import { Drafter } from './drafter.js';
import { ChatEraser } from './erasure/chat-eraser.js';
import { ErasedEntryStore } from './erasure/erased-entry.store.js';
import { ErasureParticipants } from './erasure/erasure-participants.js';
import { ErasureStore } from './erasure/erasure.store.js';
import { ErasuresController } from './erasure/erasures.controller.js';
import { ErasuresService } from './erasure/erasures.service.js';
import { FreeTextInterceptor } from './free-text.interceptor.js';
import { HistoryRehydrationInterceptor } from './history-rehydration.interceptor.js';
import { HistoryRehydrator } from './history-rehydrator.js';
import { Masker } from './masker.js';
import { NameMemory } from './memory/name-memory.js';
import { TenantPatternStore } from './patterns/tenant-pattern.store.js';
import { TenantPatterns } from './patterns/tenant-patterns.js';
import { TenantPatternsController } from './patterns/tenant-patterns.controller.js';
import { WorkspaceRecognizers } from './patterns/workspace-recognizers.js';
import { PiiMappingInterceptor } from './pii-mapping.interceptor.js';
import { PiiController } from './pii.controller.js';
import { PiiService } from './pii.service.js';
import { PolicyTypes } from './policy-types.js';
import { ChatKeys } from './vault/chat-keys.js';
import { EntryStore } from './vault/entry.store.js';
import { createKeyProvider } from './vault/keys/create-key-provider.js';
import { KeyPresence } from './vault/keys/key-presence.js';
import { KEY_PROVIDER } from './vault/keys/key-provider.js';
import { MasterKeyUseStore } from './vault/keys/master-key-use.store.js';
import { TitleMasker } from './title-masker.js';
import { Placeholders } from './vault/placeholders.js';
import { Reveals } from './vault/reveals.js';
import { SealedValues } from './vault/sealed-values.js';
import { ValueSearch } from './vault/value-search.js';
import { Vault } from './vault/vault.js';
import { VaultClosing } from './vault/vault-closing.js';

/** Personal data: found, replaced, kept encrypted, put back. */
@Module({
  imports: [AuthModule, WorkspaceModule],
  controllers: [PiiController, AuditController, ErasuresController, TenantPatternsController],
  providers: [
    AuditService,
    AuditStore,
    ChatEraser,
    ChatKeys,
    Detection,
    Drafter,
    EntryStore,
    ErasedEntryStore,
    ErasureParticipants,
    ErasuresService,
    ErasureStore,
    FreeTextInterceptor,
    HistoryRehydrationInterceptor,
    HistoryRehydrator,
    KeyPresence,
    Masker,
    MasterKeyUseStore,
    NameMemory,
    { provide: KEY_PROVIDER, useFactory: createKeyProvider, inject: [Config] },
    PiiMappingInterceptor,
    PiiService,
    Placeholders,
    PolicyTypes,
    RevealRights,
    Reveals,
    SealedValues,
    TenantPatterns,
    TenantPatternStore,
    TitleMasker,
    ValueSearch,
    Vault,
    VaultClosing,
    WorkspaceRecognizers,
  ],
  exports: [
    AuditStore,
    ChatEraser,
    ChatKeys,
    Detection,
    Drafter,
    EntryStore,
    ErasureParticipants,
    FreeTextInterceptor,
    HistoryRehydrationInterceptor,
    HistoryRehydrator,
    Masker,
    PiiMappingInterceptor,
    RevealRights,
    TitleMasker,
    ValueSearch,
    Vault,
  ],
})
export class PiiModule {}
