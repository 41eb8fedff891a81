"""What `terabin inspect` advises about the layout of files that h5py wrote."""

import shutil

import h5py
import numpy as np
import pytest

import program as terabin

ROWS = 1_000_000


def advice(path):
    """The block `Advice:`: what, cost and remedy of each."""
    lines = terabin.succeed("inspect", path).stdout.splitlines()
    if "Advice:" not in lines:
        return []
    start = lines.index("Advice:") + 1
    block = lines[start : lines.index("", start)]
    assert len(block) % 3 == 0, block
    found = []
    for what, cost, remedy in zip(block[::3], block[1::3], block[2::3], strict=True):
        assert cost.startswith("    cost: ")
        assert remedy.startswith("    remedy: ")
        found.append({"what": what.strip(), "cost": cost.strip(), "remedy": remedy.strip()})
    return found


def only(path):
    (found,) = advice(path)
    return found


def write(path, shape, dtype="f8", **storage):
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.zeros(shape, dtype), **storage)
    return path


@pytest.mark.parametrize(
    "storage",
    [{}, {"chunks": (65536,)}, {"chunks": (65536,), "compression": "gzip", "shuffle": True}],
    ids=["contiguous", "chunked", "gzip"],
)
def test_a_good_file_gets_no_advice(tmp_path, storage):
    assert advice(write(tmp_path / "good.h5", ROWS, **storage)) == []


def test_generated_files_get_no_advice(generated):
    assert advice(generated) == []


def test_tiny_chunks(tmp_path):
    path = write(tmp_path / "tiny.h5", ROWS, chunks=(500,), compression="gzip", compression_opts=1)
    with h5py.File(path) as file:
        chunks = file["x"].id.get_num_chunks()
    found = only(path)
    assert f"{chunks} chunks of 3.9 KiB" in found["what"]
    # A million rows in chunks of 65,536.
    assert "16 chunks of 65536 rows would hold the same" in found["cost"]
    assert "`terabin process --rows-per-chunk 65536`" in found["remedy"]


@pytest.mark.parametrize("chunks", [None, (8192, 8)], ids=["contiguous", "chunked"])
def test_rows_side_by_side(tmp_path, chunks):
    found = only(write(tmp_path / "rows.h5", (100_000, 8), chunks=chunks))
    assert "rows of 8 values" in found["what"]
    assert "8 times as much" in found["cost"]
    assert "6.1 MiB in place of 781.3 KiB" in found["cost"]
    assert "`terabin process --columns 'x[:,0],x[:,1]'`" in found["remedy"]


def test_the_advised_cost_of_rows_is_what_a_run_decodes(tmp_path):
    """One column of eight: the run itself counts the bytes that the advice tells."""
    path = write(tmp_path / "rows.h5", (81_920, 8), chunks=(8192, 8))
    assert "5.0 MiB in place of 640.0 KiB" in only(path)["cost"]
    run = terabin.succeed("bin", "--data", path, "--by", "x[:,0]:4:0..1", "--json").json
    assert run["bytes_decoded"] == 5 << 20


def test_chunks_as_wide_as_one_column_are_good(tmp_path):
    assert advice(write(tmp_path / "apart.h5", (100_000, 8), chunks=(65536, 1))) == []


def test_one_chunk_for_everything(tmp_path):
    found = only(write(tmp_path / "one.h5", ROWS, chunks=(ROWS,), compression="gzip"))
    assert "one chunk of 7.6 MiB" in found["what"]
    assert "--ncpus beyond 1 gains nothing" in found["cost"]
    assert "--rows-per-chunk 65536" in found["remedy"]


def test_chunks_larger_than_memory(tmp_path):
    """A chunk of 8 TiB that was never written: to be read it must fit all the same."""
    path = tmp_path / "huge.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file.create_dataset("x", (1 << 41,), "f8", chunks=(1 << 40,))
    found = only(path)
    assert "a chunk of x decodes to 8.0 TiB" in found["what"]
    assert "not even one thread fits" in found["cost"]
    assert "--memory" in found["remedy"]
    terabin.refuse("bin", "--data", path, "--by", "x:4:0..1", naming=["--memory"])


def test_many_small_files(tmp_path):
    first = write(tmp_path / "part-0.h5", 10)
    for k in range(1, 1001):
        shutil.copy(first, tmp_path / f"part-{k}.h5")
    found = only(tmp_path)
    assert "1001 files" in found["what"]
    assert "one at a time" in found["cost"]
    assert "`terabin process --input" in found["remedy"]


def test_what_only_the_library_reads(tmp_path):
    """Whatever is read under the lock is told with its reason, and nothing else is."""
    path = write(tmp_path / "offset.h5", ROWS, dtype="i4", chunks=(65536,), scaleoffset=0)
    listed = terabin.succeed("inspect", path).stdout
    slow = [line for line in listed.splitlines() if line.startswith("slow: x ")]
    found = [entry for entry in advice(path) if "HDF5 library" in entry["what"]]
    assert len(found) == len(slow)
    for entry, line in zip(found, slow, strict=True):
        assert f"x ({line.rpartition(': ')[2]})" in entry["what"]
        assert "one thread" in entry["cost"]
        assert "`terabin process --compress zstd:3`" in entry["remedy"]
