"""Writing and reading journals on a real disk: whole, torn, full, locked, of another version."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from tests.journal import lines
from zconsole.journal import reader
from zconsole.journal.entries import encode
from zconsole.journal.store import BLOBS, FILE, JournalError, is_live
from zconsole.journal.writer import LARGE, Journal

root = pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root may write everywhere")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sessions" / "20260101-120000-exp-abcd"


def journal_of(folder: Path, *codes: str) -> Journal:
    """A journal with cells that print their own code."""
    journal = Journal.create(folder, name="exp", directory="/here")
    for number, code in enumerate(codes, 1):
        asked = lines.request(code)
        for message in lines.cell(asked, number, lines.stream(asked, code)):
            journal.append_message("iopub", message)
    return journal


def codes_in(folder: Path) -> list[str]:
    return [cell.code for cell in reader.read_past(folder).cells]


def test_what_was_written_is_read(folder):
    journal_of(folder, "1+1", "'é\n\u2028\x00'").close()
    past = reader.read_past(folder)
    assert past.about["name"] == "exp"
    assert [(cell.count, cell.code, cell.status) for cell in past.cells] == [
        (1, "1+1", "ok"),
        (2, "'é\n\u2028\x00'", "ok"),
    ]
    assert past.cells[1].outputs[0].content == {"name": "stdout", "text": "'é\n\u2028\x00'"}
    assert past.cells[0].username == "ada"


def test_nobody_else_can_read_it(folder):
    journal = journal_of(folder, "1")
    picture = lines.said(lines.request("2"), "display_data", data={"image/png": "x" * LARGE}, metadata={})
    journal.append_message("iopub", picture)
    journal.close()
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_cut_at_every_byte(folder, tmp_path):
    """No complete record is lost, whatever the last one has become; and one can go on behind it."""
    journal_of(folder, "a = 1").close()
    whole = (folder / FILE).read_bytes()
    ends = [0, *(at + 1 for at, byte in enumerate(whole) if byte == ord("\n"))]
    first = ends[1]
    other = tmp_path / "cut"
    other.mkdir()
    for length in range(len(whole) + 1):
        (other / FILE).write_bytes(whole[:length])
        complete = sum(end <= length for end in ends) - 1
        if length < first:
            with pytest.raises(JournalError):
                list(reader.entries(other))
            continue
        assert len(list(reader.entries(other))) == complete
        if length == len(whole) or whole[length - 1] == ord("\n") or length % 7 == 0:
            journal = Journal.resume(other)
            journal.append("end")
            journal.close()
            assert [entry.kind for entry in reader.entries(other)][complete:] == ["end"]
            assert (other / FILE).read_bytes().startswith(whole[: ends[complete]])


@pytest.mark.parametrize(
    "garbage", [b"\x00" * 4096, b"{}", b"deadbeef {}", b"\xff\n\n\r\n00000000 [1]", b"[" * 9999]
)
def test_garbage_between_the_lines(folder, garbage):
    """As a power cut may leave it, and whoever has opened the file in an editor."""
    journal_of(folder, "1").close()
    with (folder / FILE).open("ab") as file:
        file.write(garbage + b"\n")
    journal = Journal.resume(folder)
    journal.append("end")
    journal.close()
    assert codes_in(folder) == ["1"]
    assert reader.read_past(folder).clean


@pytest.mark.parametrize("torn", [0, 1, 70_000, 300_000])
def test_a_long_line_is_torn(folder, torn):
    journal_of(folder, "1").close()
    before = (folder / FILE).read_bytes()
    with (folder / FILE).open("ab") as file:
        file.write(b"x" * torn)
    Journal.resume(folder).close()
    assert (folder / FILE).read_bytes() == before


@pytest.mark.parametrize("at", [0, 5, 40, -3])
def test_a_byte_that_the_disk_has_changed(folder, at):
    journal_of(folder, "1", "2").close()
    content = (folder / FILE).read_bytes().split(b"\n")
    line = bytearray(content[2])  # the first cell's execute_input
    line[at] ^= 0x04
    content[2] = bytes(line)
    (folder / FILE).write_bytes(b"\n".join(content))
    assert codes_in(folder) == ["2"]


def test_a_line_of_a_kind_that_is_not_known(folder):
    journal = journal_of(folder, "1")
    journal.append("weather", sky="blue")
    journal.close()
    assert codes_in(folder) == ["1"]


def test_one_writer(folder):
    journal = journal_of(folder, "1")
    assert is_live(folder)
    with pytest.raises(JournalError, match="is being recorded by another process"):
        Journal.resume(folder)
    journal.append("gap", since=0, missed=1)  # nothing was cut off under its feet
    journal.close()
    assert not is_live(folder)
    Journal.resume(folder).close()
    assert len(reader.read_past(folder).gaps) == 1


LOOK = """
import sys, pathlib
from zconsole.journal.store import is_live
print("looking", flush=True)
while True:
    is_live(pathlib.Path(sys.argv[1]))
"""


def test_who_looks_whether_it_is_live_does_not_keep_a_writer_away(folder):
    journal_of(folder, "1").close()
    onlooker = subprocess.Popen([sys.executable, "-c", LOOK, str(folder)], stdout=subprocess.PIPE)
    try:
        assert onlooker.stdout
        onlooker.stdout.readline()
        for _ in range(100):
            Journal.resume(folder).close()
    finally:
        onlooker.kill()
        onlooker.wait()


def test_a_newer_version_is_left_alone(folder):
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(encode("session", 0, version=99) + b"torn")
    for use in (Journal.resume, reader.read_past):
        with pytest.raises(
            JournalError, match=r"was recorded by a newer zconsole \(format 99\); this one reads 1"
        ):
            use(folder)
    assert (folder / FILE).read_bytes().endswith(b"torn")


@pytest.mark.parametrize("written", [b"", b"something else\n"])
def test_what_is_no_journal(folder, written):
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(written)
    with pytest.raises(JournalError, match="There is no session in"):
        Journal.resume(folder)
    assert (folder / FILE).read_bytes() == written


def test_a_place_that_is_none(tmp_path):
    (tmp_path / "sessions").write_text("a file")
    with pytest.raises(JournalError, match=r"Cannot record the session in .*: (File exists|Not a directory)"):
        Journal.create(tmp_path / "sessions" / "new")


@root
def test_a_directory_that_one_may_not_write(tmp_path):
    (tmp_path / "sessions").mkdir(mode=0o500)
    with pytest.raises(JournalError, match=r"Cannot record the session in .*: Permission denied"):
        Journal.create(tmp_path / "sessions" / "new")


def test_large_contents_are_kept_once(folder):
    journal = journal_of(folder)
    data = {"image/png": "x" * LARGE}
    asked = lines.request("plot()")
    pictures = [lines.said(asked, "display_data", data=data, metadata={}) for _ in range(3)]
    for message in lines.cell(asked, 1, *pictures):
        journal.append_message("iopub", message)
    assert LARGE < journal.total < 2 * LARGE
    journal.close()
    assert len(list((folder / BLOBS).iterdir())) == 1
    outputs = reader.read_past(folder).cells[0].outputs
    assert [reader.content_of(folder, output)["data"] for output in outputs] == [data] * 3


def test_a_large_cell_with_a_large_error(folder):
    """They are in the journal itself, whatever becomes of the files beside it."""
    code = "x" * LARGE * 2
    journal = Journal.create(folder)
    asked = lines.request(code)
    error = lines.said(asked, "error", ename="ValueError", evalue=code, traceback=[])
    for message in lines.cell(asked, 1, error):
        journal.append_message("iopub", message)
    journal.close()
    (cell,) = reader.read_past(folder).cells
    assert (cell.code, cell.status) == (code, "error")


def test_a_large_content_that_is_lost(folder):
    journal = journal_of(folder)
    asked = lines.request("plot()")
    picture = lines.said(asked, "display_data", data={"image/png": "x" * LARGE}, metadata={})
    for message in lines.cell(asked, 1, picture):
        journal.append_message("iopub", message)
    journal.close()
    blob = next((folder / BLOBS).iterdir())
    for damage in (lambda: blob.write_bytes(b"torn"), blob.unlink):
        damage()
        assert reader.content_of(folder, reader.read_past(folder).cells[0].outputs[0]) == {}


FULL = """
import resource, sys, pathlib
from tests.journal.test_writer import journal_of
journal = journal_of(pathlib.Path(sys.argv[1]), "1")
resource.setrlimit(resource.RLIMIT_FSIZE, (journal.size + int(sys.argv[2]), resource.RLIM_INFINITY))
for number in range(100):
    journal.append("gap", since=0, missed=number)
print(journal.problem)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.append("gap", since=0, missed=1000)
print(journal.retry(12.5))
journal.append("end")
"""


@pytest.mark.parametrize("room", [0, 100, 333])
def test_no_room(folder, room):
    """It ends with a whole line and says so; when there is room again it goes on, with a gap."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder), str(room)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == f"Cannot record the session in {folder}: File too large.\nTrue\n", done.stderr
    assert (folder / FILE).read_bytes().endswith(b"}\n")
    past = reader.read_past(folder)
    assert past.clean
    missed = [gap.fields["missed"] for gap in past.gaps]
    assert missed == [*range(len(missed) - 1), None]
    assert past.gaps[-1].fields["since"] == 12.5


def test_a_torn_line_that_cannot_be_taken_back(folder):
    journal = journal_of(folder, "1")
    half = os.write

    def fail(file, data):
        if len(data) < 10:
            raise OSError(28, "No space left on device")
        return half(file, bytes(data[: len(data) // 2]))

    with mock.patch("os.write", fail), mock.patch("os.ftruncate", side_effect=OSError(5, "I/O error")):
        journal.append("gap", since=0, missed=1)
    assert journal.problem == f"Cannot record the session in {folder}: No space left on device."
    assert journal.retry(1)
    journal.close()
    assert [gap.fields["missed"] for gap in reader.read_past(folder).gaps] == [None]


def test_no_room_for_a_new_one(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(JournalError, match="File too large"):
            Journal.create(tmp_path / "sessions" / "new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list((tmp_path / "sessions").iterdir()) == []
