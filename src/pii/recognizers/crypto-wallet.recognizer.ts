import { isBase58Check } from './base58.js';
import { isBech32 } from './bech32.js';
import { keccak256 } from './keccak.js';
import { rule } from './recognizer.js';
import { Sign } from './scan.js';

/** Wallet addresses in Base58Check: Bitcoin, Litecoin, Dogecoin, Dash, Tron, Zcash without shield, Ripple. */
export const base58WalletRecognizer = rule({
  type: 'CRYPTO',
  pattern: /\b[13LMDAXTtr9][1-9A-HJ-NP-Za-km-z]{24,34}\b/g,
  score: 1,
  digits: 1,
  signs: Sign.mixed,
  accepts: ({ value }) => isBase58Check(value),
});

/** Wallet addresses in Bech32: Bitcoin with segregated witness, Litecoin, Cardano, the Cosmos chains. */
export const bech32WalletRecognizer = rule({
  type: 'CRYPTO',
  pattern: /\b(?:bc|tb|ltc|addr|cosmos|osmo|zs|BC|TB|LTC)1[02-9ac-hj-np-zAC-HJ-NP-Z]{20,110}\b/g,
  score: 1,
  digits: 1,
  signs: Sign.mixed,
  accepts: ({ value }) => isBech32(value),
});

/** Ethereum addresses: in one case, or with the capitals that EIP-55 asks for. */
export const ethereumWalletRecognizer = rule({
  type: 'CRYPTO',
  pattern: /\b0x[0-9A-Fa-f]{40}\b/g,
  score: 1,
  digits: 1,
  signs: Sign.mixed,
  accepts: ({ value }) => isEthereumAddress(value.slice(2)),
});

function isEthereumAddress(address: string): boolean {
  const plain = address.toLowerCase();
  if (address === plain || address === address.toUpperCase()) return true;
  const hash = keccak256(plain);
  for (let index = 0; index < address.length; index += 1) {
    const character = plain.charAt(index);
    const capital = Number.parseInt(hash.charAt(index), 16) >= 8;
    if (address.charAt(index) !== (capital ? character.toUpperCase() : character)) return false;
  }
  return true;
}
