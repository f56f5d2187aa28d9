import type { Config } from '../../../config/config.js';
import { KeyManagementClient } from './key-management-client.js';
import type { KeyProvider } from './key-provider.js';
import { MasterKeyRing } from './master-key-ring.js';

/** The holder of the master keys that the settings name. */
export const createKeyProvider = ({ masterKeys, masterKeysFile, masterKms }: Config): KeyProvider =>
  masterKms ? new KeyManagementClient(masterKms) : new MasterKeyRing(masterKeys, masterKeysFile);
