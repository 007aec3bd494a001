"""One behaviour of a lake, whether it is a folder or a bucket."""

import threading

import pytest

pytestmark = pytest.mark.usefixtures("both_stores")


def test_what_is_written_is_read(store):
    store.write("a/b.json", b"\x00\xff")
    assert store.read("a/b.json") == b"\x00\xff"
    assert (store.exists("a/b.json"), store.size("a/b.json")) == (True, 2)


def test_a_write_replaces(store):
    store.write("a/b", b"1")
    store.write("a/b", b"22")
    assert store.read("a/b") == b"22"


def test_a_created_key_is_never_replaced(store):
    assert store.create("a/b", b"first") is True
    assert store.create("a/b", b"second") is False
    assert store.read("a/b") == b"first"


def test_a_file_is_written_as_its_bytes(store, tmp_path):
    file = tmp_path / "big.bin"
    file.write_bytes(b"x" * 70_000)
    assert store.create("a/created", file)
    store.write("a/written", file)
    assert store.size("a/created") == store.size("a/written") == 70_000


@pytest.mark.parametrize("read", ["read", "size", "fetch", "checksum"])
def test_a_missing_key_is_a_missing_file(store, tmp_path, read):
    arguments = (tmp_path,) if read == "fetch" else ()
    with pytest.raises(FileNotFoundError):
        getattr(store, read)("no/such/key", *arguments)
    assert store.exists("no/such/key") is False


def test_a_list_holds_all_keys_below_a_whole_segment_in_order(store):
    for key in ("raw/b", "raw/a/2", "raw/a/10", "rawer/x", "other"):
        store.write(key, b"")
    assert sorted(store.list("raw")) == ["raw/a/10", "raw/a/2", "raw/b"]
    assert list(store.list("raw/a")) == ["raw/a/10", "raw/a/2"]
    assert list(store.list("nothing")) == []


def test_a_list_goes_on_over_all_pages(store):
    for number in range(1005):
        store.write(f"many/{number:04d}", b"")
    assert list(store.list("many")) == [f"many/{number:04d}" for number in range(1005)]


def test_keys_may_hold_any_letters(store):
    store.write("raw/file=ü ~'(1)/x=1+2.json", b"1")
    assert list(store.list("raw")) == ["raw/file=ü ~'(1)/x=1+2.json"]
    assert store.read("raw/file=ü ~'(1)/x=1+2.json") == b"1"


def test_a_swap_needs_the_version_that_was_read(store):
    store.swap("current", b"1", None)
    data, version = store.read_version("current")
    assert data == b"1"
    store.swap("current", b"2", version)
    with pytest.raises(FileExistsError, match=r"current was changed by somebody else"):
        store.swap("current", b"3", version)
    assert store.read("current") == b"2"


def test_a_first_swap_needs_a_missing_key(store):
    assert store.read_version("current") is None
    store.write("current", b"1")
    with pytest.raises(FileExistsError):
        store.swap("current", b"2", None)
    with pytest.raises(FileExistsError):
        store.swap("gone", b"2", "a-version-that-never-was")


def test_a_deleted_key_is_gone(store):
    store.write("a/b", b"1")
    store.delete("a/b")
    assert store.exists("a/b") is False


def test_a_fetched_key_is_a_local_file(store, tmp_path):
    store.write("a/b", b"bytes")
    assert store.fetch("a/b", tmp_path).read_bytes() == b"bytes"


def test_the_url_of_a_key_begins_with_that_of_the_lake(store, lake_url):
    assert store.url() == lake_url.rstrip("/") + ("/" if lake_url.startswith("s3://") else "")
    assert store.url("a/b") == f"{lake_url}/a/b"


def test_of_many_creators_exactly_one_wins(store):
    won, ready = [], threading.Barrier(8)

    def create(number):
        ready.wait()
        if store.create("a/b", str(number).encode()):
            won.append(number)

    threads = [threading.Thread(target=create, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert store.read("a/b") == str(won[0]).encode()


def test_of_many_swappers_exactly_one_wins(store):
    store.swap("current", b"0", None)
    version = store.read_version("current")[1]
    lost, ready = [], threading.Barrier(6)

    def swap(number):
        ready.wait()
        try:
            store.swap("current", str(number).encode(), version)
        except FileExistsError:
            lost.append(number)

    threads = [threading.Thread(target=swap, args=(n,)) for n in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lost) == 5
    assert store.read("current") == str(({1, 2, 3, 4, 5, 6} - set(lost)).pop()).encode()
