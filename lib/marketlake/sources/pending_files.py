"""Files of a source that are to be loaded: new ones, and none whose bytes have been read under another name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from urllib.parse import unquote

from pyspark.sql import SparkSession

from marketlake.frames.files import file_digests, list_files
from marketlake.sources.errors import MissingFileError
from marketlake.sources.loads import SourceLoad
from marketlake.sources.raw import file_identity


def find_pending_files(spark: SparkSession, load: SourceLoad) -> list[str]:
    """Identities of the files to load; empty when there is nothing new.

    Raises:
        MissingFileError: there is no file at all at the source's path.
    """
    reading = load.source.read
    if not reading.in_files:
        return [f"{reading.format} {load.run_date}"]
    found = list_files(spark, load.path)
    if not found:
        raise MissingFileError(
            f"{load.file}: no file at {load.path}.", "Deliver it, or correct read.path or sources.raw_root."
        )
    return pending_files([file_identity(file) for file in found], load)


def pending_files(found: Sequence[str], load: SourceLoad) -> list[str]:
    """The files to load: of a dated path all of them, else those that no other run date has loaded.

    Args:
        found: identities of the files at the source's path.
        load: the source, with its ledger.
    """
    if load.source.read.is_dated:
        return list(found)
    loaded = {file for day, row in load.ledger.items() if day != load.run_date for file in row.files}
    return [file for file in found if file not in loaded]


def known_files(spark: SparkSession, load: SourceLoad, paths: Collection[str]) -> list[str]:
    """Identities of files that were read before, for the ledger; those that are gone are left out.

    Args:
        spark: the session.
        load: the source, with its ledger.
        paths: of the files, as bronze has them.
    """
    if not load.source.read.in_files:
        return [f"{load.source.read.format} {load.run_date}"]
    last = load.ledger.get(load.run_date)
    known = {*(last.files if last else ()), *(file_identity(file) for file in list_files(spark, load.path))}
    return sorted(identity for identity in known if unquote(_path(identity)) in {unquote(path) for path in paths})


def without_copies(spark: SparkSession, load: SourceLoad, files: Sequence[str]) -> list[str]:
    """The files whose bytes have not come before: in this load, or of a path without a date in an earlier one.

    Contents are compared only where sizes are equal.

    Args:
        spark: the session.
        load: the source, with its ledger.
        files: identities of pending files.
    """
    if not load.source.read.in_files:
        return list(files)
    earlier: set[str] = set()
    if not load.source.read.is_dated:
        earlier = {file for day, row in load.ledger.items() if day != load.run_date for file in row.files}
    of_size = Counter(_size(identity) for identity in {*files, *earlier})
    alike = [identity for identity in (*sorted(earlier), *files) if of_size[_size(identity)] > 1]
    digests = file_digests(spark, [_path(identity) for identity in alike])
    seen: set[str] = set()
    copies: set[str] = set()
    for identity in alike:
        digest = digests.get(_path(identity))  # none of a file that is gone
        if digest in seen:
            copies.add(identity)
        elif digest:
            seen.add(digest)
    return [identity for identity in files if identity not in copies]


def _path(identity: str) -> str:
    return identity.rsplit(" ", 2)[0]


def _size(identity: str) -> str:
    return identity.rsplit(" ", 2)[1]
