"""Datasets whose layout message has version 1 or 2, as releases before HDF5 1.6.3 wrote them.

No library of today writes them. The message of version 3 that h5py writes is written
again in the older form, in place: with one dimension, or two where it is contiguous, the
older form is no longer than the room that the message has.
"""

import struct

import h5py

LAYOUT, CONTINUATION = 0x0008, 0x0010
CONTIGUOUS, CHUNKED = 1, 2


def write(path, columns, version, chunks=None):
    """Writes arrays with contiguous, or chunked and deflated, storage of an older form."""
    options = {"chunks": chunks, "compression": "gzip"} if chunks else {}
    with h5py.File(path, "w", libver="earliest") as file:
        for name, values in columns.items():
            file.create_dataset(name, data=values, **options)
        headers = {name: h5py.h5o.get_info(file[name].id).addr for name in columns}
    content = bytearray(path.read_bytes())
    for name, address in headers.items():
        start, size = _layout_message(content, address)
        message = _older(content[start : start + size], columns[name].shape, version)
        assert len(message) <= size
        content[start : start + len(message)] = message
    path.write_bytes(content)
    return path


def _layout_message(content, header):
    """Where the layout message lies in an object header of version 1, and its size."""
    assert content[header] == 1
    blocks = [(header + 16, struct.unpack_from("<I", content, header + 8)[0])]
    for start, length in blocks:
        at = start
        while at < start + length:
            kind, size = struct.unpack_from("<HH", content, at)
            if kind == LAYOUT:
                return at + 8, size
            if kind == CONTINUATION:
                blocks.append(struct.unpack_from("<QQ", content, at + 8))
            at += 8 + size
    raise AssertionError("no layout message")


def _older(message, shape, version):
    assert message[0] == 3
    if message[1] == CONTIGUOUS:
        (address,) = struct.unpack_from("<Q", message, 2)
        dimensions = shape
    else:
        assert message[1] == CHUNKED
        rank, address = struct.unpack_from("<BQ", message, 2)
        dimensions = struct.unpack_from(f"<{rank}I", message, 11)
    head = struct.pack("<BBB5xQ", version, len(dimensions), message[1], address)
    return head + struct.pack(f"<{len(dimensions)}I", *dimensions)
