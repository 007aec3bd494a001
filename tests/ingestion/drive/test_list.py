"""What is listed: every file below a folder, each id once, whatever operators do with names."""

import logging

import pytest

from ingestion.sources import DownloadError, SourceError


def test_nested_folders_are_followed(remote):
    store = remote.files.add_folder(remote.root, "boston-01")
    week = remote.files.add_folder(store, "week 7")
    remote.add("restaurants.csv")
    remote.add("monday.csv", parent=store)
    remote.add("tuesday.csv", parent=week)
    assert remote.paths() == [
        "restaurants.csv",
        "boston-01/monday.csv",
        "boston-01/week 7/tuesday.csv",
    ]


def test_a_listed_file_has_the_facts_that_landing_needs(remote):
    file_id = remote.add("a.csv", b"abc")
    file = remote.file(file_id)
    assert (file.file_id, file.name, file.path, file.bytes) == (file_id, "a.csv", "a.csv", 3)
    assert file.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (file.version, file.is_export) == (1, False)


def test_two_files_may_have_one_name(remote):
    ids = {remote.add("same.csv", b"1"), remote.add("same.csv", b"2")}
    files = list(remote.source().list_files())
    assert {file.file_id for file in files} == ids
    assert [file.path for file in files] == ["same.csv", "same.csv"]


@pytest.mark.parametrize(
    "name", ['it\'s \\ "x".csv', "../../etc/passwd", "a\nb.csv", "🍔 menu.csv", "C:\\x.csv", "a/b"]
)
def test_a_name_is_only_a_word(remote, name):
    folder = remote.files.add_folder(remote.root, name)
    remote.add(name, parent=folder)
    assert remote.paths() == [f"{name}/{name}"]


def test_a_list_goes_on_over_all_pages(remote):
    for number in range(2005):
        remote.add(f"{number:04d}.csv", b"")
    assert len(set(remote.paths())) == 2005
    assert len(remote.drive.requests) == 4  # the folder itself, then three pages


def test_a_page_token_that_drive_forgot_begins_the_list_anew(remote):
    for number in range(1500):
        remote.add(f"{number:04d}.csv", b"")
    remote.drive.fail("pageToken=1000", "bad_token")
    assert remote.paths() == [f"{number:04d}.csv" for number in range(1500)]


def test_a_page_token_that_is_never_accepted_is_an_error(remote):
    for number in range(1001):
        remote.add(f"{number:04d}.csv", b"")
    remote.drive.fail("pageToken=", "bad_token", count=100)
    with pytest.raises(SourceError, match=r"cannot be read: HTTP 400: invalid"):
        remote.paths()


def test_an_incomplete_list_is_not_taken_for_the_whole(remote):
    remote.add("a.csv")
    remote.drive.fail("in parents", "incomplete")
    with pytest.raises(SourceError, match=r"listed folder .* incompletely. Run again later"):
        remote.paths()


@pytest.mark.parametrize("kind", ["rate", "busy", "broken", "unavailable"])
def test_a_passing_refusal_is_asked_again(remote, kind):
    remote.add("a.csv")
    remote.drive.fail("in parents", kind, count=2)
    assert remote.paths() == ["a.csv"]


def test_a_server_that_stays_broken_ends_the_run_within_its_budget(remote):
    remote.drive.fail("", "broken", count=1000)
    with pytest.raises(SourceError, match=r"HTTP 500: backendError, after .* tries in 1 seconds"):
        list(remote.source(budget=1).list_files())


def test_a_wait_longer_than_the_budget_is_not_begun(remote):
    remote.drive.fail("", "busy", seconds=3600)
    with pytest.raises(SourceError, match=r"HTTP 429: rateLimitExceeded, after 1 tries"):
        list(remote.source(budget=2).list_files())


def test_a_folder_that_is_not_shared_says_so(remote):
    with pytest.raises(
        SourceError,
        match=r"Drive folder nobodysFolder cannot be read: HTTP 404: notFound: not found, or not "
        "shared with the account that reads it",
    ):
        remote.paths("nobodysFolder")


def test_wrong_credentials_say_so(remote):
    source = remote.source()
    remote.drive.expire_token()
    with pytest.raises(SourceError, match=r"HTTP 401: authError: the credentials are not accepted"):
        list(source.list_files())


def test_a_file_is_no_source(remote):
    with pytest.raises(SourceError, match=r"is no folder. Name a Drive folder by its id"):
        remote.paths(remote.add("a.csv"))


def test_a_folder_in_the_trash_is_no_source(remote):
    folder = remote.files.add_folder(remote.root, "old")
    remote.files.trash(folder)
    with pytest.raises(SourceError, match=r"is in the trash"):
        remote.paths(folder)


def test_a_shortcut_to_a_file_is_that_file_under_the_shortcuts_name(remote):
    elsewhere = remote.files.add_folder("", "not below the root")
    target = remote.add("original.csv", b"abc", parent=elsewhere)
    remote.files.add_shortcut(remote.root, "linked.csv", target)
    (file,) = remote.source().list_files()
    assert (file.file_id, file.path, file.bytes) == (target, "linked.csv", 3)


def test_a_shortcut_to_a_folder_is_followed(remote):
    elsewhere = remote.files.add_folder("", "outside")
    remote.add("a.csv", parent=elsewhere)
    remote.files.add_shortcut(remote.root, "franchisee", elsewhere)
    assert remote.paths() == ["franchisee/a.csv"]


def test_shortcuts_in_a_circle_end(remote):
    folder = remote.files.add_folder(remote.root, "boston")
    remote.add("a.csv", parent=folder)
    remote.files.add_shortcut(folder, "back", remote.root)
    remote.files.add_shortcut(folder, "self", folder)
    assert remote.paths() == ["boston/a.csv"]


def test_a_file_and_a_shortcut_to_it_are_one_file(remote):
    remote.files.add_shortcut(remote.root, "b.csv", remote.add("a.csv"))
    assert remote.paths() == ["a.csv"]


def test_a_shortcut_to_a_shortcut_is_not_followed(remote):
    first = remote.files.add_shortcut("", "first", remote.add("a.csv", parent="x"))
    remote.files.add_shortcut(remote.root, "second", first)
    assert remote.paths() == []


def test_a_shortcut_that_leads_nowhere_is_listed_by_itself_and_says_what_to_do(remote, caplog):
    remote.add("a.csv")
    shortcut = remote.files.add_shortcut(remote.root, "dangling", "gone")
    with caplog.at_level(logging.WARNING):
        assert remote.paths() == ["a.csv", "dangling"]
    assert caplog.messages == [f"the shortcut {shortcut} leads nowhere"]
    with pytest.raises(DownloadError) as error:
        remote.download(shortcut)
    assert str(error.value) == (
        "is a shortcut to what is gone or is not shared with the account that reads it: "
        "mend it; or take it away, and what came through it is withdrawn"
    )


def test_a_shortcut_into_the_trash_is_left_out(remote):
    elsewhere = remote.files.add_folder("", "outside")
    remote.files.add_shortcut(remote.root, "franchisee", elsewhere)
    remote.files.trash(elsewhere)
    assert remote.paths() == []


def test_a_shortcut_that_cannot_be_followed_now_is_no_reason_to_lose_its_file(remote):
    remote.files.add_shortcut(remote.root, "link", remote.add("a.csv", parent="elsewhere"))
    remote.drive.fail("files/m", "broken", count=1000)
    with pytest.raises(SourceError, match=r"HTTP 500"):
        list(remote.source(budget=1).list_files())


def test_files_in_the_trash_are_not_listed(remote):
    folder = remote.files.add_folder(remote.root, "old")
    remote.add("a.csv", parent=folder)
    trashed = remote.add("b.csv")
    remote.files.trash(trashed)
    remote.files.trash(folder)
    assert remote.paths() == []


def test_a_shared_drive_is_read(shared_drive):
    folder = shared_drive.files.add_folder(shared_drive.root, "boston")
    shared_drive.add("a.csv", parent=folder)
    assert shared_drive.paths() == ["boston/a.csv"]
    assert all("corpora=drive&driveId=" in r for r in shared_drive.drive.requests if "q=" in r)


def test_a_folder_of_a_shared_drive_is_read_by_who_is_no_member_of_the_drive(shared_folder):
    folder = shared_folder.files.add_folder(shared_folder.root, "boston")
    file_id = shared_folder.add("a.csv", b"abc", parent=folder)
    shared_folder.add("b.csv")
    source = shared_folder.source()
    assert [file.path for file in source.list_files()] == ["b.csv", "boston/a.csv"]
    assert source.snapshot() is None
    assert len([r for r in shared_folder.drive.requests if "corpora=drive" in r]) == 1
    assert shared_folder.download(file_id) == b"abc"


def test_a_sub_folder_that_cannot_be_read_is_named(remote):
    folder = remote.files.add_folder(remote.files.add_folder(remote.root, "boston"), "week 7")
    remote.drive.fail(f"{folder}.*in.parents", "forbidden")
    message = (
        rf"^Drive folder boston/week 7 \({folder}\) cannot be read: HTTP 403: insufficientFile"
    )
    with pytest.raises(SourceError, match=message):
        remote.paths()


def test_a_listing_that_there_is_no_time_for_says_so_and_how_far_it_came(remote):
    for name in ("a", "b"):
        remote.add("x.csv", parent=remote.files.add_folder(remote.root, name))
    source, times = remote.source(), iter([True, False])
    source.has_time = lambda: next(times)
    message = (
        r"time of this run was up when 2 of at least 3 folders were listed; nothing was landed"
    )
    with pytest.raises(SourceError, match=message):
        list(source.list_files())


def test_one_folder_is_asked_for_at_a_time(remote):
    for name in "abc":
        remote.add("x.csv", parent=remote.files.add_folder(remote.root, name))
    remote.drive.fail("in parents.* or ", "partial", count=100)
    assert remote.paths() == ["a/x.csv", "b/x.csv", "c/x.csv"]


def test_requests_are_paced(remote):
    source = remote.source()
    source.client.pace.interval = 0.1
    for name in "abcd":
        remote.files.add_folder(remote.root, name)
    started = source.client.pace.next
    list(source.list_files())
    assert source.requests == 6
    assert source.client.pace.next - started >= 0.6


def test_an_id_that_could_be_a_path_is_refused(remote):
    item = remote.files.items[remote.add("a.csv")]
    item.file_id = "../../raw"
    with pytest.raises(SourceError, match=r"Drive gave a file an id that is none: '../../raw'"):
        remote.paths()
