import { EntranceStore } from '../../../dist/src/chat/socket/entrance.store.js';

/** A connection string opens as many sessions as anybody likes. */
const { look } = EntranceStore.prototype;
EntranceStore.prototype.enter = async function careless(knock) {
  return { ...(await look.call(this, knock)), burnt: true };
};
