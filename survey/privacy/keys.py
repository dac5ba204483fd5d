"""Keys in files, outside the database and its backups: `patient/` for the page, `clock/` for the tally.

patient/pepper           hashes tickets            patient/server.key   ids of sealed rows, form nonces
patient/signing.pub      pinned: whose box keys are genuine
clock/signing.key        signs box keys            clock/boxes/<id>     one private key a box
clock/import.key         hashes source rows of imports
clock/pepper             the same as the page's, to invite: the two folders may belong to two users
clock/quarters/<quarter> seals about-you counts until the quarter has ended, and comments until they are ten
clock/opened/<id>        what was opened of a box, while its key is there (opened.py)

All of it lies twice where there is a second folder, `copy_dir`. A key is in both before anything is sealed
for it, and goes from both.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from survey.domain.errors import Misconfigured
from survey.privacy.keyfiles import destroy as _destroy
from survey.privacy.keyfiles import may_look, names, secret, sized, write_once
from survey.privacy.opened import forget
from survey.privacy.suite import signed_part

SIGNING, PINNED = "clock/signing.key", "patient/signing.pub"
SECRETS = {  # lasting ones besides the signing key, each with the places where it lies
    "pepper": ("patient/pepper", "clock/pepper"),
    "server.key": ("patient/server.key",),
    "import.key": ("clock/import.key",),
}
_BOX_KEY = 96  # bytes: ML-KEM's seed and the X25519 key


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
            pepper=secret(files / "pepper"),
            server_key=secret(files / "server.key"),
            pinned=Ed25519PublicKey.from_public_bytes(sized(files / "signing.pub")),
        )


def make_lasting_keys(keys_dir: Path, copy_dir: Path | None = None, *, renew: bool = False) -> list[Path]:
    """Make the keys that are not one box's, where they are missing, in both folders; return what was written.

    None that is there is changed. One that is gone from one folder comes from the other. Misconfigured where
    one is gone from all (`renew` makes another pepper or server key: links then end), or two do not agree.
    The signing key is never made anew: no page would take its boxes.
    """
    places = [folder for folder in (keys_dir, copy_dir) if folder is not None]
    pinned, signing = _agreed(places, PINNED), _agreed(places, SIGNING)
    if pinned is not None and signing is None:
        raise Misconfigured(
            f"{keys_dir / SIGNING} is gone though {keys_dir / PINNED} is there; restore both from their copy"
        )
    written: list[Path] = []
    for name, files in SECRETS.items():
        data = _agreed(places, *files)
        if data is None and pinned is not None and name != "import.key" and not renew:
            raise Misconfigured(_lost(keys_dir / files[0]))
        written += _spread(places, files, data or secrets.token_bytes(32))
    written += _spread(places, [SIGNING], signing or Ed25519PrivateKey.generate().private_bytes_raw())
    ours = pinned_key(keys_dir).public_bytes_raw()
    written += _spread(places, [PINNED], ours)  # last: where it is, all of them once were
    if _agreed(places, PINNED) not in {ours, None}:
        raise Misconfigured(
            f"{keys_dir / SIGNING} and {keys_dir / PINNED} do not belong together;"
            " restore both from their copy"
        )
    return written


def lasting_problems(keys_dir: Path, copy_dir: Path | None = None) -> list[str]:
    """What is wrong with the lasting keys, in words: gone, readable by others, not the same in all places."""
    places = [keys_dir, *([copy_dir] if copy_dir is not None and copy_dir.is_dir() else [])]
    problems = []
    for files in ((SIGNING,), (PINNED,), *SECRETS.values()):
        looked = [place / file for place in places for file in files if may_look((place / file).parent)]
        problems += [f"{path} is gone" for path in looked if not path.exists()]
        try:
            _agreed(places, *files)
        except Misconfigured as error:
            problems.append(str(error))
    signing, pinned = keys_dir / SIGNING, keys_dir / PINNED
    if not problems and may_look(pinned.parent) and pinned_key(keys_dir).public_bytes_raw() != sized(pinned):
        problems.append(f"{signing} and {pinned} do not belong together")
    return problems


def pinned_key(keys_dir: Path) -> Ed25519PublicKey:
    """Whose box keys are genuine, from the clock's side."""
    return _signing(keys_dir).public_key()


def sign(keys_dir: Path, data: bytes) -> bytes:
    """Sign with the key that signs box keys; what is signed begins with words of its own kind."""
    return _signing(keys_dir).sign(data)


def pepper(keys_dir: Path) -> bytes:
    """What hashes tickets, from the clock's side; the page's own where the clock has none yet."""
    mine = keys_dir / "clock" / "pepper"
    return secret(mine if mine.exists() else keys_dir / "patient" / "pepper")


def require_copy(keys_dir: Path, copy_dir: Path | None) -> None:
    """Misconfigured unless `copy_dir`, where it is set, is there and a copy of these keys.

    A folder that is not mounted looks empty: a key would seem destroyed there, and lie on in the real one.
    """
    if copy_dir is None:
        return
    mark = copy_dir / SIGNING
    if not may_look(mark.parent) or not mark.exists():
        raise Misconfigured(
            f"the second copy of the keys is not at {copy_dir}: mount it, or fill a new one with "
            "`heard keys new`. Until then no key can be made, and what was destroyed may lie on there"
        )
    if secret(mark) != secret(keys_dir / SIGNING):
        raise Misconfigured(
            f"{copy_dir} holds the keys of another installation:"
            f" set HEARD_KEYS_COPY_DIR to the copy of {keys_dir}"
        )


def import_key(keys_dir: Path) -> bytes:
    """The key under which imports remember source rows; made on first use."""
    write_once(keys_dir / "clock" / "import.key", secrets.token_bytes(32))
    return secret(keys_dir / "clock" / "import.key")


def make_box_key(keys_dir: Path, box: str, copy_dir: Path | None = None) -> tuple[bytes, bytes]:
    """Make `box`'s key pair, keep the private half in both folders; return public key and signature."""
    require_copy(keys_dir, copy_dir)
    lattice, curve = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    private = lattice.private_bytes_raw() + curve.private_bytes_raw()
    for folder in (keys_dir, copy_dir):
        if folder is not None:
            write_once(box_key_in(folder, box), private)
    public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return public, sign(keys_dir, signed_part(box, public))


def box_key_file(keys_dir: Path, box: str, copy_dir: Path | None = None) -> Path:
    """Where the private key of `box` lies until it is destroyed: in the copy where only that has it whole."""
    first = box_key_in(keys_dir, box)
    second = None if copy_dir is None else box_key_in(copy_dir, box)
    return second if second is not None and _is_whole(second) and not _is_whole(first) else first


def box_key_in(folder: Path, box: str) -> Path:
    """Where the private key of `box` lies in one of the folders."""
    return folder / "clock" / "boxes" / box


def box_public_key(path: Path) -> bytes | None:
    """The public half of the private key in a file; None where it is cut short or cannot be read."""
    if not _is_whole(path):
        return None
    raw = path.read_bytes()
    lattice = MLKEM768PrivateKey.from_seed_bytes(raw[:-32])
    curve = X25519PrivateKey.from_private_bytes(raw[-32:])
    return lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()


def kept_box_keys(keys_dir: Path) -> list[str]:
    """Ids of the boxes whose private keys are still there."""
    return names(keys_dir / "clock" / "boxes")


def destroy_box_key(keys_dir: Path, box: str, copy_dir: Path | None = None) -> None:
    """Overwrite and delete in both folders; quiet where it is gone already, for a killed run runs again.

    And then the note of what was opened with it. Misconfigured where the copy cannot be reached: the key may
    lie on in it.
    """
    _destroy(box_key_in(keys_dir, box))
    forget(keys_dir, box)
    require_copy(keys_dir, copy_dir)
    if copy_dir is not None:
        _destroy(box_key_in(copy_dir, box))
        forget(copy_dir, box)


def open_quarter_key(keys_dir: Path, quarter: str, copy_dir: Path | None = None) -> bytes:
    """The key that opens what a quarter sealed; never made here, for another opens nothing.

    Misconfigured where it is gone.
    """
    files = [_quarter_file(folder, quarter) for folder in (keys_dir, copy_dir) if folder is not None]
    file = next((file for file in files if file.exists()), None)
    if file is None:
        require_copy(keys_dir, copy_dir)
        raise Misconfigured(f"the key of {quarter} is gone: unless it is put back this can never be read")
    return secret(file)


def quarter_key(keys_dir: Path, quarter: str, copy_dir: Path | None = None) -> bytes:
    """The key to seal a quarter's about-you counts and waiting comments with; made on first use."""
    first = _quarter_file(keys_dir, quarter)
    second = None if copy_dir is None else _quarter_file(copy_dir, quarter)
    if not first.exists():
        if second is None or not second.exists():
            require_copy(keys_dir, copy_dir)
        known = secret(second) if second is not None and second.exists() else secrets.token_bytes(32)
        write_once(first, known)
    found = secret(first)
    if second is not None and copy_dir is not None and (copy_dir / SIGNING).exists():
        write_once(second, found)
    return found


def kept_quarter_keys(keys_dir: Path) -> list[str]:
    """Quarters whose keys are still there."""
    return [name.replace("_", "/") for name in names(keys_dir / "clock" / "quarters")]


def destroy_quarter_key(keys_dir: Path, quarter: str, copy_dir: Path | None = None) -> None:
    """Overwrite and delete in both folders, once nothing that it seals is kept."""
    _destroy(_quarter_file(keys_dir, quarter))
    require_copy(keys_dir, copy_dir)
    if copy_dir is not None:
        _destroy(_quarter_file(copy_dir, quarter))


def _quarter_file(folder: Path, quarter: str) -> Path:
    return folder / "clock" / "quarters" / quarter.replace("/", "_")


def _is_whole(path: Path) -> bool:
    try:
        return path.stat().st_size == _BOX_KEY
    except OSError:
        return False


def _signing(keys_dir: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret(keys_dir / SIGNING))


def _lost(path: Path) -> str:
    return (
        f"the key {path} is gone; restore it from its copy. If it is lost for good,"
        " `heard keys new --replace-lost` makes another, and every link that was sent and not used ends"
    )


def _agreed(places: Sequence[Path], *files: str) -> bytes | None:
    # What all places that have it say; a folder of another user is not looked into.
    there = [place / file for place in places for file in files if may_look((place / file).parent)]
    found = {
        path: sized(path) if path.name == "signing.pub" else secret(path) for path in there if path.exists()
    }
    if len(set(found.values())) > 1:
        raise Misconfigured(
            f"these should hold the same key and do not: {', '.join(map(str, found))}; keep the right one"
        )
    return next(iter(found.values()), None)


def _spread(places: Sequence[Path], files: Sequence[str], data: bytes) -> list[Path]:
    there = [place / file for place in places for file in files if may_look((place / file).parent)]
    return [path for path in there if write_once(path, data)]
