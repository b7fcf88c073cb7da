"""A file that a certificate locks, and only its key, which is elsewhere, can open.

    b"clinic backup 1\\n"  length of the head (4 bytes, big-endian)  head (JSON)  chunk  chunk …

The head holds a key drawn for this file alone, wrapped for the certificate (RSA-OAEP with SHA-256). Each chunk is 1 MiB
(the last one may be less) under AES-256-GCM, with 16 bytes of tag. Its nonce is its number (11 bytes) and whether it is
the last (1 byte); the SHA-256 of everything before the first chunk is authenticated with each. So nothing can be
changed, left out, moved or cut off unnoticed (STREAM: Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015).
"""

import base64
import hashlib
import io
import json

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from clinic.backups import BackupFailed

MAGIC = b"clinic backup 1\n"
CHUNK, TAG = 1024 * 1024, 16  # bytes
LONGEST_HEAD = 64 * 1024
SMALLEST_KEY = 3072  # bits (NIST SP 800-57: 128 bits of security)
CHANGED = "The file was changed or cut off: it cannot be trusted."
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label=None)


def certificate_from(pem):
    """The certificate in a PEM text. Raises BackupFailed when none is there that locks, or its key is there too."""
    if b"PRIVATE KEY" in pem:
        raise BackupFailed(
            "The certificate's file holds the private key too. Take it to another machine."
        )
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except ValueError:
        raise BackupFailed("The file for the certificate holds none.") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SMALLEST_KEY:
        raise BackupFailed(f"The certificate must be RSA with {SMALLEST_KEY} bits or more.")
    return certificate


class Sealer:
    """A file to write to: all that is written comes to stand locked in `file`. `close` writes the end.

    `file_key` opens this one file again, for reading it back; it is kept nowhere.
    """

    def __init__(self, file, certificate):
        self.file, self.number, self.waiting = file, 0, bytearray()
        self.is_given_up = False
        self.file_key = AESGCM.generate_key(256)
        head = {
            "certificate": certificate.fingerprint(hashes.SHA256()).hex(),
            "key": base64.b64encode(certificate.public_key().encrypt(self.file_key, OAEP)).decode(),
        }
        written = json.dumps(head).encode()
        beginning = MAGIC + len(written).to_bytes(4) + written
        self.cipher, self.bound = AESGCM(self.file_key), hashlib.sha256(beginning).digest()
        file.write(beginning)

    def give_up(self):
        """Write no more. A tar stream that was cut short writes its end when Python clears it away."""
        self.is_given_up = True

    def write(self, data):
        if self.is_given_up:
            return len(data)
        self.waiting += data
        while len(self.waiting) > CHUNK:
            self._seal(bytes(self.waiting[:CHUNK]), is_last=False)
            del self.waiting[:CHUNK]
        return len(data)

    def close(self):
        self._seal(bytes(self.waiting), is_last=True)

    def _seal(self, data, *, is_last):
        self.file.write(self.cipher.encrypt(_nonce(self.number, is_last), data, self.bound))
        self.number += 1


class Opener:
    """What a Sealer wrote, to read. Every byte that it gives was authenticated first.

    Args: key is the file's own key, or the certificate's private key; step is called for each chunk.
    Raises BackupFailed for what is no backup, was changed or cut off, or is locked for another key.
    """

    def __init__(self, file, key, step=lambda: None):
        self.file, self.step, self.number, self.ready = file, step, 0, b""
        head, beginning = _head(file)
        self.bound = hashlib.sha256(beginning).digest()
        file_key = key if isinstance(key, bytes) else _unwrapped(head, key)
        self.cipher = AESGCM(file_key)
        self.next = file.read(CHUNK + TAG)
        if not self.next:
            raise BackupFailed(CHANGED)

    def read(self, size):
        while len(self.ready) < size and self.next:
            self.ready += self._chunk()
        given, self.ready = self.ready[:size], self.ready[size:]
        return given

    def to_the_end(self):
        """Read on to the mark of the end; without it, the file was cut off."""
        while self.read(CHUNK):
            pass

    def _chunk(self):
        locked, self.next = self.next, self.file.read(CHUNK + TAG)
        try:
            data = self.cipher.decrypt(_nonce(self.number, not self.next), locked, self.bound)
        except InvalidTag:
            raise BackupFailed(CHANGED) from None
        self.number += 1
        self.step()
        return data


def refuse_unlocked(file):
    """Read the head of an open file. Raises BackupFailed unless it is one that a Sealer wrote, for some certificate."""
    head, _ = _head(file)
    if not isinstance(head, dict) or not {"certificate", "key"} <= head.keys():
        raise BackupFailed(CHANGED)


def sealed(data, certificate):
    """The bytes, locked for the certificate."""
    file = io.BytesIO()
    sealer = Sealer(file, certificate)
    sealer.write(data)
    sealer.close()
    return file.getvalue()


def unsealed(data, private_key):
    """The bytes that `sealed` was given; others come back as they are."""
    if not data.startswith(MAGIC):
        return data
    opener = Opener(io.BytesIO(data), private_key)
    return opener.read(len(data))


def private_key_from(pem, passphrase):
    """The key in a PEM text; passphrase is called when it needs one. Raises BackupFailed."""
    try:
        needs_one = b"ENCRYPTED" in pem
        return load_pem_private_key(pem, passphrase().encode() if needs_one else None)
    except (ValueError, TypeError):
        raise BackupFailed(
            "The key cannot be opened: wrong passphrase, or no key in the file."
        ) from None


def _head(file):
    start = file.read(len(MAGIC) + 4)
    length = int.from_bytes(start[len(MAGIC) :])
    if not start.startswith(MAGIC) or not 0 < length <= LONGEST_HEAD:
        raise BackupFailed("The file is no backup of this site.")
    written = file.read(length)
    try:
        return json.loads(written), start + written
    except ValueError:
        raise BackupFailed(CHANGED) from None


def _unwrapped(head, private_key):
    try:
        return private_key.decrypt(base64.b64decode(head["key"]), OAEP)
    except (ValueError, KeyError, AttributeError):
        raise BackupFailed(
            f"The file is not locked for this key, but for the certificate {head.get('certificate', '?')[:16]}…"
        ) from None


def _nonce(number, is_last):
    return number.to_bytes(11) + bytes([is_last])
