"""Cards: the keyed hash that replaces a card number, and the key that it is made with.

HMAC-SHA256 and not a plain hash: twelve digits are few enough to try them all, so without the key a
hash gives the card away. The key's id stands in every ledger, never the key.
"""

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ingestion.aws_secret import read_secret
from lake import layout
from lake.store import Store

KEY_VARIABLE = "FRANCHISE_CARD_KEY"
SECRET_VARIABLE = "FRANCHISE_CARD_KEY_SECRET"  # noqa: S105 - the name of a variable
KEY_FILE = "card_hash.key"
KEY_BYTES = 32


class CardKeyError(Exception):
    """There is no usable key for card numbers; the message says why and what to do."""


@dataclass(frozen=True)
class CardKey:
    """The secret key; `id` names it without giving it away."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) < KEY_BYTES:
            raise CardKeyError(
                f"the card key has {len(self.secret)} bytes, {KEY_BYTES} are needed. "
                "Make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
            )

    def __repr__(self) -> str:
        return f"CardKey({self.id})"

    @property
    def id(self) -> str:
        """The first 8 hex digits of the hash of a label under the key."""
        return self.hash("card key id")[:8]

    def hash(self, card: str) -> str:
        """Hex HMAC-SHA256 of a card number as delivered, trimmed, leading zeros kept."""
        return hmac.digest(self.secret, card.encode(), hashlib.sha256).hex()


def card_key(folder: Path | None = None) -> CardKey:
    """The key of the secret that FRANCHISE_CARD_KEY_SECRET names, else of FRANCHISE_CARD_KEY.

    With neither it is the key of a local workspace, made once in `folder` and readable by its owner
    only. Losing it means that the cards of old and new files no longer match. Raises CardKeyError.
    """
    if arn := os.environ.get(SECRET_VARIABLE):
        return _from_secret(arn)
    if text := os.environ.get(KEY_VARIABLE):
        return _from_hex(text, f"the variable {KEY_VARIABLE}")
    if folder is None:
        raise CardKeyError(f"set {SECRET_VARIABLE} to the ARN of the secret with the card key")
    return _from_file(folder / KEY_FILE)


def claim_card_key(store: Store, key: CardKey) -> None:
    """Name the key in the lake by its id, or check that it is the one named there.

    Under another key the same card would look like another customer. Raises CardKeyError.
    """
    if store.create(layout.CARD_KEY, key.id.encode()):
        return
    made_with = store.read(layout.CARD_KEY).decode()
    if made_with != key.id:
        raise CardKeyError(
            f"the lake's cards were hashed with the key {made_with}, this is the key {key.id}: set "
            f"{SECRET_VARIABLE} or {KEY_VARIABLE} to the lake's. To change it on purpose, delete "
            f"{store.url(layout.CARD_KEY)}, then replay every file (`franchise replay --path '*'`)."
        )


def hash_cards(cards: pa.Array, key: CardKey) -> pa.Array:
    """A column of card numbers as hashes, each distinct number hashed once; null stays null."""
    encoded = cards.dictionary_encode()
    hashes = pa.array([key.hash(card) for card in encoded.dictionary.to_pylist()], pa.string())
    return hashes.take(encoded.indices)


def _from_secret(arn: str) -> CardKey:
    try:
        return _from_hex(read_secret(arn), f"the secret {arn}")
    except ValueError as error:
        raise CardKeyError(str(error)) from error


def _from_file(path: Path) -> CardKey:
    if not path.exists():
        _create(path)
    if path.stat().st_mode & 0o077:
        raise CardKeyError(f"{path} can be read by others. Run: chmod 600 {path}")
    return _from_hex(path.read_text(encoding="ascii"), str(path))


def _from_hex(text: str, where: str) -> CardKey:
    if not re.fullmatch(r"[0-9a-fA-F]{64,}", text.strip()) or len(text.strip()) % 2:
        raise CardKeyError(f"{where} must hold a card key of 64 hex digits")
    return CardKey(bytes.fromhex(text.strip()))


def _create(path: Path) -> None:
    """Write a new key once, even when two processes begin at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{KEY_FILE}-{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
