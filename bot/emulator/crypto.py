"""The platforms' signature and encryption, written from their documents and from nobody's library."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # PKCS7 over 32 bytes, not over AES's own 16


class BadEnvelope(Exception):  # a word of the trade
    """A signature, a padding or the closing id is not what the platform would write."""


def sign(token: str, *parts: str) -> str:
    """Return the hex sha1 over the sorted, joined parts."""
    # sha1 is what the platform demands
    return hashlib.sha1("".join(sorted((token, *parts))).encode(), usedforsecurity=False).hexdigest()


def signed_right(given: str, token: str, *parts: str) -> bool:
    """Say whether a signature fits, in constant time."""
    return hmac.compare_digest(given.encode(), sign(token, *parts).encode())


class Codec:
    """Locks and opens messages for one EncodingAESKey and one closing id."""

    def __init__(self, aes_key: str, receive_id: str) -> None:
        """Take the 43 characters of the console."""
        key = base64.b64decode(aes_key + "=") if len(aes_key) == 43 else b""
        if len(key) != 32:
            raise BadEnvelope("the EncodingAESKey must be 43 characters of base64")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
        self._id = receive_id.encode()

    def encrypt(self, message: bytes, prefix: bytes = b"") -> str:
        """Return the Encrypt field; `prefix` replaces the 16 random bytes (published vectors)."""
        plain = (prefix or secrets.token_bytes(16)) + struct.pack(">I", len(message)) + message + self._id
        lock = self._cipher.encryptor()
        return base64.b64encode(lock.update(pad(plain)) + lock.finalize()).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """Return the message; raises BadEnvelope if anything about it is wrong."""
        plain = self._open(encrypted)
        if len(plain) < 20:
            raise BadEnvelope("shorter than its own header")
        end = 20 + struct.unpack(">I", plain[16:20])[0]
        if end > len(plain):
            raise BadEnvelope("the length reaches beyond the buffer")
        if plain[end:] != self._id:
            raise BadEnvelope("closed by another id")
        return plain[20:end]

    def _open(self, encrypted: str) -> bytes:
        try:
            raw = base64.b64decode(encrypted, validate=True)
        except ValueError as error:
            raise BadEnvelope("not base64") from error
        if not raw or len(raw) % 16:
            raise BadEnvelope("not whole blocks")
        key = self._cipher.decryptor()
        return unpad(key.update(raw) + key.finalize())


def pad(plain: bytes) -> bytes:
    """Fill up to whole blocks; a full last block gets a whole block more."""
    missing = BLOCK - len(plain) % BLOCK
    return plain + bytes([missing]) * missing


def unpad(plain: bytes) -> bytes:
    """Take the filling off again."""
    count = plain[-1]
    if not 1 <= count <= BLOCK or plain[-count:] != bytes([count]) * count:
        raise BadEnvelope("bad padding")
    return plain[:-count]
