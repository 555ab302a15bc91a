"""Reads a ZIP that one reader cannot take for another than a second one does.

WordPress unpacks with libzip or with PclZip: one believes the directory at the end, the other each
file's own header. So the two must say the same, files must lie one behind the other with nothing
between, before or after them, and nothing is allowed that only some readers know (APPNOTE.TXT:
ZIP64, encryption, data descriptors, names in extra fields).
"""

import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

END = struct.Struct("<4s4H2LH")
CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
END_MARK, CENTRAL_MARK, LOCAL_MARK = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
STORED, DEFLATED = 0, 8
ENCRYPTED = 0x0001 | 0x0040 | 0x2000
DESCRIPTOR = 0x0008
NEEDS_MOST = 20
"""Version 2.0 of the format: folders and deflate."""
DOS_FOLDER = 0x0010
SPECIAL = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX
KNOWN_FLAGS = 0x0006 | 0x0800  # how hard it was compressed; that names are UTF-8
# Times and owners, which nobody has to believe.
HARMLESS_EXTRAS = frozenset({0x5455, 0x7875, 0x5855})
ARCHIVE_MAX_BYTES = 10_485_760
MOST_ENTRIES = 2_000
FILE_MAX_BYTES = 5_242_880
TOTAL_MAX_BYTES = 20_971_520
MOST_RATIO = 100


class BadZip(Exception):
    """What is wrong with a ZIP, for people."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder as both of its headers have it."""

    name: str
    needs: int
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    mode: int
    dos_attributes: int
    offset: int

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of its own, with nothing in it."""
        return self.name.endswith("/")


def read(archive: bytes) -> dict[str, bytes]:
    """What is in a ZIP by name, unpacked; names of folders end with a slash.

    Raises :class:`BadZip`.
    """
    entries = list(_directory(archive))
    if sum(entry.size for entry in entries) > TOTAL_MAX_BYTES:
        raise BadZip(f"it unpacks to more than {TOTAL_MAX_BYTES} bytes")
    files = {}
    position = 0
    for entry in sorted(entries, key=lambda one: one.offset):
        if entry.offset != position:
            raise BadZip(f"{entry.name} does not begin where the file before it ends")
        start = _content_start(archive, entry)
        position = start + entry.packed
        if entry.name in files:
            raise BadZip(f"{entry.name} is there twice")
        files[entry.name] = _content(archive[start:position], entry)
    if position != _end(archive)[1]:
        raise BadZip("something lies between its files and its directory")
    return files


def _end(archive: bytes) -> tuple[int, int, int]:
    """How many entries there are, and where their directory begins and ends."""
    if len(archive) > ARCHIVE_MAX_BYTES:
        raise BadZip(f"it is larger than {ARCHIVE_MAX_BYTES} bytes")
    directory_end = len(archive) - END.size
    if directory_end < 0 or not archive.startswith(b"PK", directory_end):
        raise BadZip("it does not end like a ZIP without a comment: cut off, or something follows")
    mark, disk, first_disk, here, count, size, offset, comment = END.unpack_from(
        archive, directory_end
    )
    if mark != END_MARK or comment or disk or first_disk or here != count:
        raise BadZip("its end is not that of a whole ZIP without a comment")
    if offset + size != directory_end:
        raise BadZip("its directory does not end where the ZIP's end begins")
    if not 0 < count <= MOST_ENTRIES:
        raise BadZip(f"it has {count} entries; 1 to {MOST_ENTRIES} are allowed")
    return count, offset, directory_end


def _directory(archive: bytes) -> Iterator[Entry]:
    count, position, end = _end(archive)
    for _ in range(count):
        if position + CENTRAL.size > end:
            raise BadZip("its directory is cut off")
        (mark, _, needs, flags, method, _, _, crc, packed, size, named, extra, comment, disk, _,
         attributes, offset) = CENTRAL.unpack_from(archive, position)  # fmt: skip
        if mark != CENTRAL_MARK or comment or disk:
            raise BadZip("its directory cannot be read")
        position += CENTRAL.size
        name = _name(archive[position : position + named])
        _check_extra(name, archive[position + named : position + named + extra])
        position += named + extra
        entry = Entry(
            name,
            needs,
            flags,
            method,
            crc,
            packed,
            size,
            attributes >> 16,
            attributes & 0xFFFF,
            offset,
        )
        _check(entry)
        yield entry
    if position != end:
        raise BadZip("its directory has more in it than its entries")


Rule = tuple[Callable[[Entry], object], str]
WRONG: tuple[Rule, ...] = (
    (lambda one: one.flags & ENCRYPTED, "is encrypted"),
    (lambda one: one.flags & DESCRIPTOR, "has its size behind its content (a data descriptor)"),
    (lambda one: one.flags & ~KNOWN_FLAGS, "has flags that only some readers know"),
    (lambda one: one.method not in {STORED, DEFLATED}, "is neither stored nor deflated"),
    (lambda one: one.needs > NEEDS_MOST, "needs a reader of a later kind of ZIP"),
    (lambda one: stat.S_ISLNK(one.mode), "is a symbolic link"),
    (
        lambda one: (
            stat.S_IFMT(one.mode) not in {0, stat.S_IFDIR if one.is_folder else stat.S_IFREG}
        ),
        "is neither a file nor a folder",
    ),
    (
        lambda one: one.dos_attributes & DOS_FOLDER and not one.is_folder,
        "is a folder to some readers, and a file to others",
    ),
    (lambda one: one.mode & SPECIAL, "has a mode that no plugin's file has"),
    (lambda one: one.is_folder and (one.size or one.packed), "is a folder with content"),
    (lambda one: one.size > FILE_MAX_BYTES, f"is larger than {FILE_MAX_BYTES} bytes"),
    (
        lambda one: one.size > one.packed * MOST_RATIO,
        f"unpacks to more than {MOST_RATIO} times its size",
    ),
)
"""The first that holds is said."""


def _check(entry: Entry) -> None:
    for holds, what in WRONG:
        if holds(entry):
            raise BadZip(f"{entry.name} {what}")


def _name(raw: bytes) -> str:
    try:
        name = raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise BadZip(f"{raw!r} is a name that is not ASCII") from error
    if not name or not name.isprintable():
        raise BadZip(f"{name!r} is not a name")
    return name


def _check_extra(name: str, extra: bytes) -> None:
    position = 0
    while position < len(extra):
        if position + 4 > len(extra):
            raise BadZip(f"{name} has an extra field that is cut off")
        kind, length = struct.unpack_from("<2H", extra, position)
        if kind not in HARMLESS_EXTRAS:
            raise BadZip(f"{name} has an extra field that only some readers know: {kind:#06x}")
        position += 4 + length
    if position != len(extra):
        raise BadZip(f"{name} has an extra field that is cut off")


def _content_start(archive: bytes, entry: Entry) -> int:
    """Where the content begins, if the entry's own header says what the directory says."""
    if entry.offset + LOCAL.size > len(archive):
        raise BadZip(f"{entry.name} is cut off")
    mark, needs, flags, method, _, _, crc, packed, size, named, extra = LOCAL.unpack_from(
        archive, entry.offset
    )
    if mark != LOCAL_MARK:
        raise BadZip(f"{entry.name} has no header of its own")
    named_at = entry.offset + LOCAL.size
    name = archive[named_at : named_at + named]
    own = (name, needs, flags, method, crc, packed, size)
    listed = (entry.name.encode(), entry.needs, entry.flags, entry.method, entry.crc, entry.packed,
              entry.size)  # fmt: skip
    if own != listed:
        raise BadZip(f"{entry.name}: its own header and the directory differ")
    start: int = named_at + named + extra
    _check_extra(entry.name, archive[named_at + named : start])
    if start + entry.packed > len(archive):
        raise BadZip(f"{entry.name} is cut off")
    return start


def _content(packed: bytes, entry: Entry) -> bytes:
    """What a file contains; never more of it is made than it says."""
    if entry.method == STORED:
        content, whole = packed, len(packed) == entry.size
    else:
        reader = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = reader.decompress(packed, entry.size + 1)
        except zlib.error as error:
            raise BadZip(f"{entry.name} cannot be unpacked") from error
        whole = len(content) == entry.size and reader.eof and not reader.unused_data
    if not whole:
        raise BadZip(f"{entry.name} is not of the size that it says")
    if zlib.crc32(content) != entry.crc:
        raise BadZip(f"{entry.name} does not have the checksum that it says")
    return content
