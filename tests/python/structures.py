"""The structures of an HDF5 file that describe data, and changes to each of their fields.

The format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
"""

import struct
from dataclasses import dataclass

import h5py
import numpy as np

SUPERBLOCK = b"\x89HDF\r\n\x1a\n"
# B-trees, nodes and heaps of the first version, and the structures of the newer ones.
OLD = (b"TREE", b"SNOD", b"HEAP", b"GCOL")
NEW = (
    *(b"OHDR", b"OCHK", b"FRHP", b"FHDB", b"FHIB", b"FSHD", b"FSSE"),
    *(b"BTHD", b"BTIN", b"BTLF", b"FAHD", b"FADB", b"EAHD", b"EAIB", b"EASB", b"EADB"),
)
# A structure without a checksum is changed this far.
OLD_BYTES = 160
# A checksum is looked for this far behind a signature.
LONGEST = 1024
MASK = 0xFFFFFFFF


@dataclass(frozen=True)
class Structure:
    """Bytes of a file that belong together; `sealed` if a checksum follows them."""

    name: str
    start: int
    end: int
    sealed: bool


@dataclass(frozen=True)
class Change:
    """Other bytes at one place of a structure."""

    structure: Structure
    place: int
    content: bytes

    @property
    def name(self):
        return f"{self.structure.name}+{self.place - self.structure.start}={self.content.hex()}"

    def applied(self, original):
        """The file with the change, and with a checksum that fits it."""
        changed = bytearray(original)
        changed[self.place : self.place + len(self.content)] = self.content
        if self.structure.sealed:
            start, end = self.structure.start, self.structure.end
            changed[end : end + 4] = lookup3(bytes(changed[start:end])).to_bytes(4, "little")
        return bytes(changed)


def structures(path):
    """All structures of a file, in the order of their places."""
    content = path.read_bytes()
    found = [Structure("superblock", 0, *_sealed_end(content[:96], 0, 92))]
    for signature in (*OLD, *NEW):
        place = content.find(signature)
        while place >= 0:
            end, sealed = place + OLD_BYTES, False
            if signature in NEW:
                end, sealed = _sealed_end(content, place, place + OLD_BYTES)
            found.append(Structure(signature.decode(), place, min(end, len(content)), sealed))
            place = content.find(signature, place + 1)
    found += [message for address in _old_headers(path) for message in _messages(content, address)]
    return sorted(found, key=lambda structure: structure.start)


def changes(structure, original):
    """Every field as 0, as the largest number, and as the structure's own address."""
    first = structure.start + (len(SUPERBLOCK) if structure.name == "superblock" else 0)
    first += 4 if structure.name.isupper() else 0
    for place in range(first, structure.end):
        contents = {b"\0", b"\xff"}
        for width in (2, 4, 8):
            if (place - first) % width == 0 and place + width <= structure.end:
                contents |= {bytes(width), b"\xff" * width, b"\xff" * (width - 1) + b"\x7f"}
        if place + 8 <= structure.end:
            contents.add(structure.start.to_bytes(8, "little"))
        for content in sorted(contents):
            if original[place : place + len(content)] != content:
                yield Change(structure, place, content)


def _sealed_end(content, start, otherwise):
    """Where the checksum of a structure lies, and whether there is one."""
    for end in range(start + 8, min(start + LONGEST, len(content) - 4)):
        if int.from_bytes(content[end : end + 4], "little") == lookup3(content[start:end]):
            return end, True
    return otherwise, False


def _old_headers(path):
    """The addresses of object headers of the first version, which have no signature."""
    addresses = set()
    with h5py.File(path) as file:
        objects = [file["/"]]
        file.visititems(lambda _, item: objects.append(item))
        for item in objects:
            addresses.add(h5py.h5o.get_info(item.id).addr)
    content = path.read_bytes()
    return sorted(a for a in addresses if content[a : a + 1] == b"\x01")


def _messages(content, address):
    """The prefix of an object header of the first version, and each of its messages."""
    yield Structure("header", address, address + 12, False)
    end = address + 16 + int.from_bytes(content[address + 8 : address + 12], "little")
    place = address + 16
    while place + 8 <= end:
        kind, size = np.frombuffer(content[place : place + 4], "<u2")
        yield Structure(f"message {kind:#x}", place, place + 8 + int(size), False)
        place += 8 + int(size)


def lookup3(data):
    """Bob Jenkins' hash `hashlittle` with initval 0, the checksum of the newer structures."""
    a = b = c = (0xDEADBEEF + len(data)) & MASK
    if not data:
        return c
    last = (len(data) - 1) // 12 * 3
    words = struct.unpack(f"<{last + 3}I", data.ljust(4 * (last + 3), b"\0"))
    for i in range(0, last, 3):
        a, b, c = (a + words[i]) & MASK, (b + words[i + 1]) & MASK, (c + words[i + 2]) & MASK
        a, c = ((a - c) & MASK) ^ turned(c, 4), (c + b) & MASK
        b, a = ((b - a) & MASK) ^ turned(a, 6), (a + c) & MASK
        c, b = ((c - b) & MASK) ^ turned(b, 8), (b + a) & MASK
        a, c = ((a - c) & MASK) ^ turned(c, 16), (c + b) & MASK
        b, a = ((b - a) & MASK) ^ turned(a, 19), (a + c) & MASK
        c, b = ((c - b) & MASK) ^ turned(b, 4), (b + a) & MASK
    a, b, c = (a + words[-3]) & MASK, (b + words[-2]) & MASK, (c + words[-1]) & MASK
    c = ((c ^ b) - turned(b, 14)) & MASK
    a = ((a ^ c) - turned(c, 11)) & MASK
    b = ((b ^ a) - turned(a, 25)) & MASK
    c = ((c ^ b) - turned(b, 16)) & MASK
    a = ((a ^ c) - turned(c, 4)) & MASK
    b = ((b ^ a) - turned(a, 14)) & MASK
    return ((c ^ b) - turned(b, 24)) & MASK


def turned(word, bits):
    """The 32 bits, turned to the left."""
    return ((word << bits) | (word >> (32 - bits))) & MASK
