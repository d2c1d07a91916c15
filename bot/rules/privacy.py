"""Seal what must stay private, mark it so that it can be found again, and mask it for people's eyes."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE = 12
PREFIX = 5  # bytes before the nonce: the version and the key's name
STAMP = 16
_FIGURES = re.compile(r"\d{11}")
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)(\d{4})(\d{4})(?!\d)")
_ID_CARD = re.compile(r"(?<!\d)(\d{6})(\d{8})(\d{3}[\dXx])(?!\d)")


class Unsealable(Exception):
    """A sealed value cannot be opened with any key we hold."""


class Sealer:
    """Authenticated encryption and keyed hashes under the keys of LIANXIN_SECRET_KEY.

    The first key seals, marks and stamps; every key opens, finds and knows again, so that keys can be changed while
    the service goes on (`run.py key --rotate`).
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take 32-byte keys, newest first."""
        self._ciphers = {_name(key): AESGCM(_derive(key, b"seal")) for key in keys}
        self._newest = _name(keys[0])
        self._seal = self._ciphers[self._newest].encrypt
        self._prefix = _VERSION + self._newest
        self._marking = [hmac.new(_derive(key, b"mark"), digestmod=hashlib.sha256) for key in keys]
        self._stamping = [hmac.new(_derive(key, b"stamp"), digestmod=hashlib.sha256) for key in keys]

    def seal(self, text: str, purpose: str) -> bytes:
        """Return the ciphertext of `text`, usable only under the same purpose."""
        return self.seal_bytes(text.encode("utf-8", "surrogatepass"), purpose)

    def seal_bytes(self, data: bytes, purpose: str) -> bytes:
        """Return the ciphertext of `data`."""
        nonce = os.urandom(_NONCE)
        return self._prefix + nonce + self._seal(nonce, data, purpose.encode())

    def open(self, blob: bytes, purpose: str) -> str:
        """Return the text sealed under that purpose; raises Unsealable."""
        return self.open_bytes(blob, purpose).decode("utf-8", "surrogatepass")

    def open_bytes(self, blob: bytes, purpose: str) -> bytes:
        """Return the bytes sealed under that purpose; raises Unsealable."""
        cipher = self._ciphers.get(blob[1:5])
        if blob[:1] != _VERSION or cipher is None:
            raise Unsealable("封存所用的钥匙不在 LIANXIN_SECRET_KEY 之中")
        try:
            return cipher.decrypt(blob[PREFIX : PREFIX + _NONCE], blob[PREFIX + _NONCE :], purpose.encode())
        except InvalidTag:
            raise Unsealable("封存的内容已损坏或用途不符") from None

    def mark(self, text: str, purpose: str) -> bytes:
        """Return a keyed hash (32 bytes) by which the same text under the same purpose is found again."""
        return _digest(self._marking[0], text.encode("utf-8", "surrogatepass"), purpose)

    def marks(self, text: str, purpose: str) -> list[bytes]:
        """Return the marks a row may bear while keys are changed: one for every key we hold, the newest first."""
        raw = text.encode("utf-8", "surrogatepass")
        return [_digest(key, raw, purpose) for key in self._marking]

    @property
    def prefix(self) -> bytes:
        """Return how everything begins that is sealed with the newest key (PREFIX bytes)."""
        return self._prefix

    def renewed(self, blob: bytes, purpose: str) -> bytes:
        """Return the same sealed with the newest key; raises Unsealable."""
        return self.seal_bytes(self.open_bytes(blob, purpose), purpose)

    def stamp(self, data: bytes, purpose: str) -> bytes:
        """Return a signature (16 bytes) by which we know again what we handed out under that purpose."""
        return _digest(self._stamping[0], data, purpose)[:STAMP]

    def stamped(self, data: bytes, stamp: bytes, purpose: str) -> bool:
        """Whether we stamped it so, with any key we hold."""
        return any(hmac.compare_digest(_digest(key, data, purpose)[:STAMP], stamp) for key in self._stamping)


def _digest(keyed: hmac.HMAC, data: bytes, purpose: str) -> bytes:
    """Return the keyed hash of the data under that purpose."""
    hashing = keyed.copy()
    hashing.update(purpose.encode() + b"\0" + data)
    return hashing.digest()


def _derive(key: bytes, use: bytes) -> bytes:
    """Return a key of its own for each use, so that seals, marks and stamps never share one."""
    return hmac.new(key, b"lianxin/" + use, hashlib.sha256).digest()


def _name(key: bytes) -> bytes:
    """Return the four bytes by which a sealed value names its key."""
    return hashlib.sha256(b"lianxin/name" + key).digest()[:4]


def mask_phone(phone: str) -> str:
    """Return a phone number by which its owner knows it and nobody else can call it, empty for none."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else f"****{phone[-2:]}" if phone else ""


def mask(text: str) -> str:
    """Return the text with phone and identity-card numbers starred out, as others may read it."""
    if _FIGURES.search(text) is None:  # asked first: most words have nothing to hide
        return text
    return _ID_CARD.sub(r"\1********\3", _PHONE.sub(r"\1****\3", text))
