"""The formats of the service, from Python's standard library and the documented formulas alone.

Standard input is one JSON object, standard output another; bytes are hexadecimal in both.
  {"vault": {masterKey, kid, workspaceId, chatId, wrappedKey, sealed, contexts, values}}
      -> {"opened": {name: text or null}, "fingerprints": [...]}
  {"message": {ringSecret, connectionString, pieces}} -> {"messageKey": ..., "messageString": ...}
AES and GCM are not in the library. They are written out below, and nothing is answered before published vectors hold.
"""

import base64
import functools
import hashlib
import hmac
import json
import re
import struct
import sys
import unicodedata


def gf(a, b):
    """Product in GF(2^8)."""
    product = 0
    while b:
        product ^= a * (b & 1)
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def substitute(byte):
    """FIPS 197, section 5.1.1: the inverse, which is the 254th power, then an affine map."""
    inverse = functools.reduce(gf, [byte] * 254)
    return functools.reduce(lambda sum, by: sum ^ (inverse << by | inverse >> 8 - by) & 0xFF, range(5), 0x63)


BOX = bytes(map(substitute, range(256)))


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def round_keys(key):
    words = [key[at : at + 4] for at in range(0, 32, 4)]
    constant = 1
    for at in range(8, 60):
        word = words[-1]
        if at % 8 == 0:
            word = (word[1:] + word[:1]).translate(BOX)
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = gf(constant, 2)
        elif at % 8 == 4:
            word = word.translate(BOX)
        words.append(xor(words[-8], word))
    return [b"".join(words[at : at + 4]) for at in range(0, 60, 4)]


def aes(keys, block):
    """FIPS 197 with a key of 256 bits: fourteen rounds, the last one without mixing."""
    state = xor(block, keys[0])
    for number, key in enumerate(keys[1:], 1):
        state = bytes(state[(at + at % 4 * 4) % 16] for at in range(16)).translate(BOX)
        if number < 14:
            down = [state[at - at % 4 + (at + by) % 4] for by in range(4) for at in range(16)]
            state = bytes(
                gf(a, 2) ^ gf(b, 3) ^ c ^ d for a, b, c, d in zip(down, down[16:], down[32:], down[48:])
            )
        state = xor(state, key)
    return state


def product(x, y):
    """In GF(2^128), the most significant bit standing for x^0."""
    z = 0
    for bit in range(127, -1, -1):
        z ^= y * (x >> bit & 1)
        y = y >> 1 ^ (0xE1 << 120) * (y & 1)
    return z


def gcm_open(key, nonce, sealed, associated):
    """NIST SP 800-38D with a nonce of 96 bits; None where the tag is another."""
    text, tag = sealed[:-16], sealed[-16:]
    keys = round_keys(key)
    h = int.from_bytes(aes(keys, bytes(16)), "big")
    hashed = 0
    padded = [data + bytes(-len(data) % 16) for data in (associated, text)]
    data = b"".join(padded) + struct.pack(">QQ", len(associated) * 8, len(text) * 8)
    for at in range(0, len(data), 16):
        hashed = product(hashed ^ int.from_bytes(data[at : at + 16], "big"), h)
    first, *stream = [aes(keys, nonce + struct.pack(">I", 1 + at)) for at in range(1 + len(padded[1]) // 16)]
    if not hmac.compare_digest(xor(hashed.to_bytes(16, "big"), first), tag):
        return None
    return xor(text, b"".join(stream))


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf(secret, info, length=32):
    """RFC 5869 with SHA-256 and no salt."""
    key, block, output = mac(bytes(32), secret), b"", b""
    while len(output) < length:
        block = mac(key, block + info + bytes([len(output) // 32 + 1]))
        output += block
    return output[:length]


def check():
    unhex = bytes.fromhex
    # FIPS 197, appendix C.3.
    keys = round_keys(bytes(range(32)))
    assert aes(keys, unhex("00112233445566778899aabbccddeeff")) == unhex("8ea2b7ca516745bfeafc49904b496089")
    # NIST's revised specification of GCM, appendix B, test cases 13, 14 and 16.
    zeros = bytes(12)
    assert gcm_open(bytes(32), zeros, unhex("530f8afbc74536b9a963b4f1c4cb738b"), b"") == b""
    sealed = unhex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
    assert gcm_open(bytes(32), zeros, sealed, b"") == bytes(16)
    assert gcm_open(bytes(32), zeros, sealed, b"x") is None
    key = unhex("feffe9928665731c6d6a8f9467308308") * 2
    sealed = unhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
        "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
    )
    associated = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    assert gcm_open(key, unhex("cafebabefacedbaddecaf888"), sealed, associated) == unhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
        "b16aedf5aa0de657ba637b39"
    )
    # RFC 5869, appendix A.3.
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    assert hkdf(b"\x0b" * 22, b"", 42) == unhex(expected)


def pae(*pieces):
    """PASETO's pre-authentication encoding."""
    encoded = [piece.encode("utf-8") for piece in pieces]
    return struct.pack("<Q", len(encoded)) + b"".join(struct.pack("<Q", len(data)) + data for data in encoded)


def unseal(key, sealed, associated):
    """version 1 | nonce 12 | encrypted | tag 16"""
    assert sealed[0] == 1
    return gcm_open(key, sealed[1:13], sealed[13:], associated)


def unpad(padded):
    (length,) = struct.unpack_from("<I", padded)
    assert len(padded) % 64 == 0 and not any(padded[4 + length :])
    return padded[4 : 4 + length].decode("utf-8")


def normalise(value):
    """The form in which names and mail addresses are compared, for text without rarer characters that do not show."""
    shown = "".join(c for c in unicodedata.normalize("NFKC", value) if unicodedata.category(c) != "Cf")
    plain = re.sub(r"\s+", " ", shown).strip()
    return unicodedata.normalize("NFKC", plain.upper().lower()).replace("ς", "σ")


def vault(masterKey, kid, workspaceId, chatId, wrappedKey, sealed, contexts, values):
    associated = pae("cloakroom/vault/key/v1", workspaceId, chatId, kid)
    secret = unseal(bytes.fromhex(masterKey), bytes.fromhex(wrappedKey), associated)
    encryption = hkdf(secret[:32], b"cloakroom/vault/value/v1")
    fingerprint = hkdf(secret[32:], b"cloakroom/vault/fingerprint/v1")
    opened = {}
    for name, context in contexts.items():
        padded = unseal(encryption, bytes.fromhex(sealed), pae("cloakroom/vault/value/v1", *context))
        opened[name] = None if padded is None else unpad(padded)
    return {
        "opened": opened,
        "fingerprints": [mac(fingerprint, normalise(value).encode("utf-8")).hex() for value in values],
    }


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def message(ringSecret, connectionString, pieces):
    """The key comes from the claims of the connection string, once its own MAC holds."""
    secret = bytes.fromhex(ringSecret)
    signed, _, given = connectionString.rpartition(".")
    assert given == base64url(mac(hkdf(secret, b"cloakroom/connection-string/v1"), signed.encode()))
    payload = signed.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    info = pae("cloakroom/message-key/v1", claims["jti"], claims["cht"], claims["sub"], str(claims["sxp"]))
    key = hkdf(hkdf(secret, b"cloakroom/message-secret/v1"), info)
    return {
        "messageKey": base64url(key),
        "messageString": "ms1_" + base64url(mac(key, pae("cloakroom/message/v1", *pieces))),
    }


check()
((question, fields),) = json.load(sys.stdin).items()
print(json.dumps({"vault": vault, "message": message}[question](**fields)))
