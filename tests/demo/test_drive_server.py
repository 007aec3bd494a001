"""The local Drive over HTTP: each endpoint, and each refusal, as Drive answers."""

import json

import pytest
import requests

from demo.drive_server import serve

BOUNDARY = "xyz"


class Client:
    """Requests to one served Drive."""

    def __init__(self, url, drive):
        self.url, self.drive, self.files = url, drive, drive.files

    def ask(self, method, path, **details):
        headers = {"Authorization": f"Bearer {self.drive.token}"} | details.pop("headers", {})
        return requests.request(
            method, self.url + path, headers=headers, timeout=5, proxies={"http": ""}, **details
        )

    def get(self, path, headers=None, **parameters):
        return self.ask("GET", path, params=parameters, headers=headers or {})

    def upload(self, path, metadata, content, method="POST"):
        body = (
            f"--{BOUNDARY}\r\nContent-Type: application/json\r\n\r\n{json.dumps(metadata)}\r\n"
            f"--{BOUNDARY}\r\nContent-Type: text/csv\r\n\r\n"
        ).encode() + content
        return self.ask(
            method,
            f"/upload/drive/v3/files{path}?uploadType=multipart",
            data=body + f"\r\n--{BOUNDARY}--\r\n".encode(),
            headers={"Content-Type": f"multipart/related; boundary={BOUNDARY}"},
        )


@pytest.fixture
def client(tmp_path):
    (tmp_path / "drive").mkdir()
    with serve(tmp_path / "drive") as (url, drive):
        yield Client(url, drive)


@pytest.fixture
def shared(tmp_path):
    (tmp_path / "shared").mkdir()
    with serve(tmp_path / "shared", shared=True) as (url, drive):
        yield Client(url, drive)


def refusal(answer):
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


def test_a_request_without_the_token_is_refused(client):
    answer = client.get("/drive/v3/files", headers={"Authorization": "Bearer x"})
    assert refusal(answer) == (401, "authError")


def test_only_the_fields_asked_for_are_answered(client):
    file_id = client.files.add_file(client.drive.root_id, "a.csv", b"abc")
    answer = client.get(f"/drive/v3/files/{file_id}", fields="id,size,headRevisionId")
    assert answer.json() == {"id": file_id, "size": "3", "headRevisionId": f"{file_id}-1"}
    assert client.get(f"/drive/v3/files/{file_id}").json() == {
        "kind": "drive#file",
        "id": file_id,
        "name": "a.csv",
        "mimeType": "application/octet-stream",
    }


def test_pages_are_cut_from_one_finding(client):
    for name in "abc":
        client.files.add_file(client.drive.root_id, name, b"")
    query = {"q": f"'{client.drive.root_id}' in parents", "pageSize": 2}
    first = client.get("/drive/v3/files", **query).json()
    client.files.add_file(client.drive.root_id, "0-new", b"")
    second = client.get("/drive/v3/files", **query, pageToken=first["nextPageToken"]).json()
    assert [f["name"] for f in first["files"] + second["files"]] == ["a", "b", "c"]
    assert "nextPageToken" not in second


@pytest.mark.parametrize("size", ["0", "1001"])
def test_a_page_has_a_size_that_drive_accepts(client, size):
    assert refusal(client.get("/drive/v3/files", pageSize=size)) == (400, "invalid")


def test_a_page_token_of_another_query_is_refused(client):
    for name in "abc":
        client.files.add_file(client.drive.root_id, name, b"")
    token = client.get("/drive/v3/files", pageSize=1).json()["nextPageToken"]
    answer = client.get("/drive/v3/files", q="trashed = false", pageToken=token)
    assert refusal(answer) == (400, "invalid")


def test_a_range_is_answered_with_the_rest(client):
    file_id = client.files.add_file(client.drive.root_id, "a", b"0123456789")
    path = f"/drive/v3/files/{file_id}"
    answer = client.get(path, {"Range": "bytes=7-"}, alt="media")
    assert (answer.status_code, answer.content) == (206, b"789")
    assert answer.headers["Content-Range"] == "bytes 7-9/10"
    assert client.get(path, {"Range": "bytes=2-4"}, alt="media").content == b"234"
    beyond = client.get(path, {"Range": "bytes=10-"}, alt="media")
    assert refusal(beyond) == (416, "requestedRangeNotSatisfiable")


def test_items_of_a_shared_drive_are_hidden_from_a_client_that_does_not_ask(shared):
    file_id = shared.files.add_file(shared.drive.root_id, "a", b"")
    assert shared.get("/drive/v3/files").json()["files"] == []
    assert refusal(shared.get(f"/drive/v3/files/{file_id}")) == (404, "notFound")
    both = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true"}
    assert len(shared.get("/drive/v3/files", **both).json()["files"]) == 2
    one = {"corpora": "drive", "driveId": shared.files.drive_id}
    assert len(shared.get("/drive/v3/files", **one).json()["files"]) == 2
    assert refusal(shared.get("/drive/v3/files", corpora="drive")) == (400, "invalid")


def test_a_shared_drive_is_hidden_from_who_has_a_folder_of_it_only(shared):
    shared.files.is_member = False
    drive = {"driveId": shared.files.drive_id, "supportsAllDrives": "true"}
    both = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true"}
    assert refusal(shared.get("/drive/v3/changes/startPageToken", **drive)) == (404, "notFound")
    assert refusal(shared.get("/drive/v3/changes", pageToken="0", **drive)) == (404, "notFound")
    assert refusal(shared.get("/drive/v3/files", corpora="drive", **drive)) == (404, "notFound")
    assert len(shared.get("/drive/v3/files", **both).json()["files"]) == 1


def test_older_files_have_no_sha256(client):
    file_id = client.files.add_file(client.drive.root_id, "a", b"abc")
    client.files.lacking = {"sha256Checksum"}
    fields = "size,sha256Checksum,md5Checksum"
    assert client.get(f"/drive/v3/files/{file_id}", fields=fields).json() == {
        "size": "3",
        "md5Checksum": "900150983cd24fb0d6963f7d28e17f72",
    }


def test_a_native_document_is_exported_and_not_downloaded(client):
    sheet = client.files.add_sheet(client.drive.root_id, "s", {"text/csv": b"a,b\n"})
    file_id = client.files.add_file(client.drive.root_id, "a", b"")
    path = f"/drive/v3/files/{sheet}"
    assert client.get(f"{path}/export", mimeType="text/csv").content == b"a,b\n"
    assert refusal(client.get(path, alt="media")) == (403, "fileNotDownloadable")
    assert refusal(client.get(f"{path}/export", mimeType="x")) == (400, "badRequest")
    export = client.get(f"/drive/v3/files/{file_id}/export", mimeType="text/csv")
    assert refusal(export) == (403, "fileNotExportable")


def test_changes_follow_a_token(client, tmp_path):
    first = client.files.add_file(client.drive.root_id, "a", b"")
    token = client.get("/drive/v3/changes/startPageToken").json()["startPageToken"]
    client.files.rename(first, "b")
    client.files.remove(first)
    (tmp_path / "drive" / "on_disk.csv").write_bytes(b"1")
    page = client.get("/drive/v3/changes", pageToken=token, pageSize=2).json()
    assert [(c["fileId"], c["removed"]) for c in page["changes"]] == [(first, True), (first, True)]
    page = client.get("/drive/v3/changes", pageToken=page["nextPageToken"]).json()
    assert [(c["file"]["name"], c["removed"]) for c in page["changes"]] == [("on_disk.csv", False)]
    again = client.get("/drive/v3/changes", pageToken=page["newStartPageToken"]).json()
    assert again["changes"] == []
    assert refusal(client.get("/drive/v3/changes", pageToken="x")) == (400, "invalid")


def test_a_shared_drive_takes_files(shared):
    metadata = {"name": "report.csv", "parents": [shared.drive.root_id]}
    answer = shared.upload("", metadata, b"a,b\r\n1,2\r\n")
    item = shared.files.items[answer.json()["id"]]
    assert (item.name, item.content) == ("report.csv", b"a,b\r\n1,2\r\n")
    shared.upload(f"/{item.file_id}", {}, b"new", method="PATCH")
    assert (item.content, item.revision) == (b"new", 2)


def test_my_drive_has_no_quota_for_a_service_account(client):
    answer = client.upload("", {"name": "report.csv"}, b"x")
    assert refusal(answer) == (403, "storageQuotaExceeded")


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/token", {"grant_type": "refresh_token"}, "access_token"),
        (
            "/sts",
            {
                "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
                "subject_token": "x",
            },
            "access_token",
        ),
    ],
)
def test_tokens_are_given_to_every_way_of_signing_in(client, path, body, name):
    assert client.ask("POST", path, data=body).json()[name] == client.drive.token
    assert client.drive.tokens_asked[0][0] == path
    assert refusal(client.ask("POST", path, data={"grant_type": "x"})) == (400, "invalid")


def test_a_service_account_may_be_impersonated(client):
    path = "/v1/projects/-/serviceAccounts/reader@x.iam.gserviceaccount.com:generateAccessToken"
    answer = client.ask("POST", path, json={"scope": ["drive"]}).json()
    assert answer["accessToken"] == client.drive.token


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("unauthorized", (401, "authError")),
        ("rate", (403, "userRateLimitExceeded")),
        ("forbidden", (403, "insufficientFilePermissions")),
        ("quota", (403, "storageQuotaExceeded")),
        ("gone", (404, "notFound")),
        ("expired", (410, "pageTokenExpired")),
        ("busy", (429, "rateLimitExceeded")),
        ("broken", (500, "backendError")),
        ("unavailable", (503, "backendError")),
        ("bad_token", (400, "invalid")),
    ],
)
def test_a_fault_is_used_up(client, kind, answer):
    client.drive.fail("files", kind)
    assert refusal(client.get("/drive/v3/files")) == answer
    assert client.get("/drive/v3/files").status_code == 200


def test_a_query_over_several_parents_may_be_partial(client):
    a, b = (client.files.add_folder(client.drive.root_id, n) for n in "ab")
    for folder in (a, b):
        client.files.add_file(folder, "x", b"")
    query = {"q": f"'{a}' in parents or '{b}' in parents"}
    assert len(client.get("/drive/v3/files", **query).json()["files"]) == 2
    client.drive.fail(" or ", "partial")
    assert len(client.get("/drive/v3/files", **query).json()["files"]) == 1


def test_requests_are_recorded(client):
    client.get("/drive/v3/files", pageSize=5)
    assert client.drive.requests == ["/drive/v3/files?pageSize=5"]


def test_a_slow_answer_is_late(client):
    client.drive.fail("files", "slow", seconds=0.2)
    assert client.get("/drive/v3/files").elapsed.total_seconds() >= 0.2


def test_what_lies_on_disk_is_changed_there(client, tmp_path):
    (tmp_path / "drive" / "a.csv").write_bytes(b"a")
    client.files.scan()
    file_id = client.files.id_of(tmp_path.absolute() / "drive" / "a.csv")
    with pytest.raises(ValueError, match=r"a\.csv lies on disk: change it there"):
        client.files.rename(file_id, "b.csv")
