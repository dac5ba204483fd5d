"""Keys in files, outside the database and its backups: `patient/` for the page, `clock/` for the tally.

patient/pepper           hashes tickets            patient/server.key   ids of sealed rows, form nonces
patient/signing.pub      pinned: whose box keys are genuine
clock/signing.key        signs box keys            clock/boxes/<id>     one private key a box
clock/import.key         hashes source rows of imports
clock/quarters/<quarter> seals about-you counts until the quarter has ended, and comments until they are ten
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from survey.domain.errors import Misconfigured
from survey.privacy.suite import signed_part


@dataclass(frozen=True)
class PatientKeys:
    """What the patient's process holds; it opens nothing."""

    pepper: bytes
    server_key: bytes
    pinned: Ed25519PublicKey

    @classmethod
    def read(cls, keys_dir: Path) -> PatientKeys:
        """Read them; Misconfigured where they were never made or others may read them."""
        files = keys_dir / "patient"
        return cls(
            pepper=_secret(files / "pepper"),
            server_key=_secret(files / "server.key"),
            pinned=Ed25519PublicKey.from_public_bytes(_sized(files / "signing.pub")),
        )


def make_lasting_keys(keys_dir: Path) -> None:
    """Make the keys that are not one box's, where they are missing; never change one that is there.

    Misconfigured where the signing key is gone or another than the pinned one: no page would take its boxes.
    """
    signing, pub = keys_dir / "clock" / "signing.key", keys_dir / "patient" / "signing.pub"
    if pub.exists() and not signing.exists():
        raise Misconfigured(f"{signing} is gone though {pub} is there; restore both from their copy")
    for name in ("patient/pepper", "patient/server.key", "clock/import.key"):
        _write_once(keys_dir / name, secrets.token_bytes(32))
    _write_once(signing, Ed25519PrivateKey.generate().private_bytes_raw())
    pinned = Ed25519PrivateKey.from_private_bytes(_secret(signing)).public_key().public_bytes_raw()
    _write_once(pub, pinned)
    if _sized(pub) != pinned:
        raise Misconfigured(f"{signing} and {pub} do not belong together; restore both from their copy")


def import_key(keys_dir: Path) -> bytes:
    """The key under which imports remember source rows; made on first use."""
    _write_once(keys_dir / "clock" / "import.key", secrets.token_bytes(32))
    return _secret(keys_dir / "clock" / "import.key")


def make_box_key(keys_dir: Path, box: str) -> tuple[bytes, bytes]:
    """Make `box`'s key pair, keep the private half in its file; return public key and signature."""
    lattice, curve = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    _write_once(box_key_file(keys_dir, box), lattice.private_bytes_raw() + curve.private_bytes_raw())
    public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    signing = Ed25519PrivateKey.from_private_bytes(_secret(keys_dir / "clock" / "signing.key"))
    return public, signing.sign(signed_part(box, public))


def box_key_file(keys_dir: Path, box: str) -> Path:
    """Where the private key of `box` lies until it is destroyed."""
    return keys_dir / "clock" / "boxes" / box


def kept_box_keys(keys_dir: Path) -> list[str]:
    """Ids of the boxes whose private keys are still there."""
    return _names(keys_dir / "clock" / "boxes")


def destroy_box_key(keys_dir: Path, box: str) -> None:
    """Overwrite and delete; quiet where it is gone already, for a tally killed half-way runs again."""
    _destroy(box_key_file(keys_dir, box))


def quarter_key(keys_dir: Path, quarter: str) -> bytes:
    """The key that seals a quarter's about-you counts and waiting comments; made on first use."""
    path = _quarter_file(keys_dir, quarter)
    _write_once(path, secrets.token_bytes(32))
    return _secret(path)


def kept_quarter_keys(keys_dir: Path) -> list[str]:
    """Quarters whose keys are still there."""
    return [name.replace("_", "/") for name in _names(keys_dir / "clock" / "quarters")]


def destroy_quarter_key(keys_dir: Path, quarter: str) -> None:
    """Overwrite and delete, once nothing that it seals is kept."""
    _destroy(_quarter_file(keys_dir, quarter))


def _quarter_file(keys_dir: Path, quarter: str) -> Path:
    return keys_dir / "clock" / "quarters" / quarter.replace("/", "_")


def _names(folder: Path) -> list[str]:
    return (
        [path.name for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
    )


def _destroy(path: Path) -> None:
    # Overwriting helps where the file system writes in place; elsewhere keep the keys on tmpfs.
    # Another tally may destroy the same key at the same time.
    with suppress(FileNotFoundError):
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            os.fsync(file.fileno())
        path.unlink()
        _sync_folder(path.parent)


def _write_once(path: Path, data: bytes) -> None:
    # Written beside and linked into place: a crash leaves no half a key, a second process no other one.
    if path.exists():
        return
    _make_folder(path.parent)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
    _sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    # Not mkdir(parents=True): that makes parents for all to read, and forgets to write them to the disk.
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _secret(path: Path) -> bytes:
    data = _sized(path)
    if path.stat().st_mode & 0o077:
        raise Misconfigured(f"others may read the key {path.name}; run `chmod 600 {path}`")
    return data


def _sized(path: Path) -> bytes:
    data = _read(path)
    if len(data) != 32:
        raise Misconfigured(
            f"the key {path.name} has {len(data)} bytes instead of 32; restore it from its copy"
        )
    return data


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured(
            f"the key {path} cannot be read ({error.strerror}); `heard clock --once` makes the keys of a new "
            "installation, or set HEARD_KEYS_DIR to the folder that holds them"
        ) from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
