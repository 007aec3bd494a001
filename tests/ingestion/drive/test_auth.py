"""Every way of signing in, against token endpoints of the local server."""

import base64
import json
import traceback
from urllib.parse import parse_qs, unquote

import boto3
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from demo.drive_tokens import read_claims, read_form
from ingestion.drive import describe_auth, open_drive
from ingestion.sources import SourceError

EMAIL = "reader@franchise.iam.gserviceaccount.com"
VARIABLES = (
    "FRANCHISE_DRIVE_CREDENTIALS",
    "FRANCHISE_DRIVE_SUBJECT",
    "FRANCHISE_DRIVE_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
)


@pytest.fixture(scope="module")
def private_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
def account(remote, private_key):
    """The key of a service account whose tokens the local server gives."""
    return {
        "type": "service_account",
        "client_email": EMAIL,
        "private_key": private_key,
        "private_key_id": "k1",
        "token_uri": f"{remote.url}/token",
    }


@pytest.fixture
def federation(remote):
    """Workload identity federation from AWS, as Google's console writes it."""
    impersonation = f"{remote.url}/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken"
    return {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/aws",
        "subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
        "token_url": f"{remote.url}/sts",
        "service_account_impersonation_url": impersonation,
        "credential_source": {"environment_id": "aws1"},
    }


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, remote, tmp_path):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("FRANCHISE_DRIVE_URL", remote.url)


def listed(remote):
    return [file.path for file in open_drive(remote.root).list_files()]


def test_a_service_account_from_a_file(remote, account, monkeypatch, tmp_path):
    remote.add("a.csv")
    (tmp_path / "key.json").write_text(json.dumps(account))
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", str(tmp_path / "key.json"))
    assert listed(remote) == ["a.csv"]
    ((path, body),) = remote.drive.tokens_asked
    claims = read_claims(read_form(body)["assertion"])
    assert (path, claims["iss"]) == ("/token", EMAIL)
    assert claims["scope"] == "https://www.googleapis.com/auth/drive.readonly"
    assert "sub" not in claims


def test_a_service_account_from_the_environment(remote, account, monkeypatch):
    remote.add("a.csv")
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", json.dumps(account))
    assert listed(remote) == ["a.csv"]


def test_a_service_account_from_secrets_manager(remote, account, monkeypatch, aws):
    remote.add("a.csv")
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="drive", SecretString=json.dumps(account))["ARN"]
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", arn)
    assert listed(remote) == ["a.csv"]


def test_a_service_account_may_act_for_a_user(remote, account, monkeypatch):
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", json.dumps(account))
    monkeypatch.setenv("FRANCHISE_DRIVE_SUBJECT", "ops@franchise.example")
    listed(remote)
    claims = read_claims(read_form(remote.drive.tokens_asked[0][1])["assertion"])
    assert claims["sub"] == "ops@franchise.example"


def test_default_credentials_of_a_service_account_may_act_for_a_user(
    remote, account, monkeypatch, tmp_path
):
    (tmp_path / "default.json").write_text(json.dumps(account))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "default.json"))
    monkeypatch.setenv("FRANCHISE_DRIVE_SUBJECT", "ops@franchise.example")
    listed(remote)
    claims = read_claims(read_form(remote.drive.tokens_asked[0][1])["assertion"])
    assert claims["sub"] == "ops@franchise.example"


def test_workload_identity_can_act_for_nobody(remote, federation, monkeypatch, aws):
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", json.dumps(federation))
    monkeypatch.setenv("FRANCHISE_DRIVE_SUBJECT", "ops@franchise.example")
    message = (
        r"FRANCHISE_DRIVE_SUBJECT needs a service account's key, and workload identity from AWS"
    )
    with pytest.raises(SourceError, match=message):
        open_drive(remote.root)


@pytest.mark.parametrize("rate", ["ten", "-1", "nan"])
def test_a_pace_that_is_none_says_so(remote, monkeypatch, rate):
    monkeypatch.setenv("FRANCHISE_DRIVE_REQUESTS_PER_SECOND", rate)
    with pytest.raises(SourceError, match=rf"_REQUESTS_PER_SECOND is '{rate}': write a number"):
        open_drive(remote.root)


def test_workload_identity_from_aws_needs_no_secret(remote, federation, monkeypatch, aws):
    remote.add("a.csv")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", json.dumps(federation))
    assert listed(remote) == ["a.csv"]
    (path, body), (second, _) = remote.drive.tokens_asked
    proof = json.loads(unquote(read_form(body)["subject_token"]))
    headers = {h["key"]: h["value"] for h in proof["headers"]}
    assert (path, second.rpartition(":")[2]) == ("/sts", "generateAccessToken")
    assert proof["url"].startswith("https://sts.us-east-1.amazonaws.com?Action=GetCallerIdentity")
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=testing/")
    assert headers["x-goog-cloud-target-resource"] == federation["audience"]
    assert headers["x-amz-security-token"] == "session"


def test_workload_identity_takes_the_credentials_of_a_container(
    remote, federation, monkeypatch, aws, container_credentials
):
    """ECS and Fargate give credentials by an address in a variable, which google-auth ignores."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", container_credentials)
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", json.dumps(federation))
    listed(remote)
    proof = json.loads(unquote(read_form(remote.drive.tokens_asked[0][1])["subject_token"]))
    headers = {h["key"]: h["value"] for h in proof["headers"]}
    assert "Credential=FROM-THE-CONTAINER/" in headers["Authorization"]


def test_application_default_credentials_are_taken_when_nothing_is_set(
    remote, account, monkeypatch, tmp_path
):
    remote.add("a.csv")
    (tmp_path / "default.json").write_text(json.dumps(account))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "default.json"))
    assert listed(remote) == ["a.csv"]


def test_a_token_that_expires_in_the_middle_is_renewed(remote, account, monkeypatch):
    folder = remote.files.add_folder(remote.root, "boston")
    remote.add("a.csv", parent=folder)
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", json.dumps(account))
    remote.drive.fail("in parents", "call", action=remote.drive.expire_token)
    assert listed(remote) == ["boston/a.csv"]
    assert len(remote.drive.tokens_asked) == 2


def test_credentials_revoked_in_the_middle_end_the_listing(remote, account, monkeypatch):
    remote.add("a.csv", parent=remote.files.add_folder(remote.root, "boston"))
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", json.dumps(account))

    def revoke():
        remote.drive.expire_token()
        remote.drive.fail("/token", "unauthorized", count=100)

    remote.drive.fail("in parents", "call", action=revoke)
    with pytest.raises(SourceError, match=r"the credentials are not accepted"):
        listed(remote)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("/no/such/key.json", r"/no/such/key\.json does not exist"),
        ('{"type": "service_account"}', r"missing fields client_email|client_email"),
        ("{not json, secret=hunter2", r"the variable FRANCHISE_DRIVE_CREDENTIALS holds no JSON"),
        ('{"a": 1}', r"holds no credentials of Google's"),
    ],
)
def test_unusable_credentials_say_what_to_do(remote, monkeypatch, value, message):
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", value)
    with pytest.raises(SourceError, match=message) as caught:
        open_drive(remote.root)
    assert "share the folder with that account" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("pack", ["quotes", "base64"])
@pytest.mark.parametrize(
    "variable", ["FRANCHISE_DRIVE_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS"]
)
def test_a_key_in_a_paths_place_is_never_printed(account, monkeypatch, variable, pack):
    text = json.dumps(account)
    if pack == "quotes":
        text = f"'{json.dumps(account, indent=1)}'"
    if pack == "base64":
        text = base64.b64encode(text.encode()).decode()
    monkeypatch.setenv(variable, text)
    with pytest.raises(SourceError) as caught:
        open_drive("folder")
    ((_, ok, found, _),) = describe_auth()
    shown = "".join(traceback.format_exception(caught.value)) + found
    assert (ok, text[:20] in shown) == (False, False)
    assert f"the file that {variable} names" in found
    assert account["private_key"].splitlines()[1] not in shown


def test_a_folder_in_the_place_of_the_key_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", str(tmp_path))
    ((_, _, found, _),) = describe_auth()
    assert found == f"{tmp_path} cannot be read: Is a directory"


def test_a_secret_that_does_not_exist_says_so(remote, monkeypatch, aws):
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:nothing"
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", arn)
    with pytest.raises(SourceError, match=r"the secret arn:aws\S+ cannot be read: .*NotFound"):
        open_drive(remote.root)


def test_the_token_of_a_local_server_goes_nowhere_else(remote, monkeypatch):
    monkeypatch.setenv("FRANCHISE_DRIVE_TOKEN", "x")
    monkeypatch.setenv("FRANCHISE_DRIVE_URL", "https://www.googleapis.com")
    with pytest.raises(SourceError, match=r"is for a Drive server on this machine only"):
        open_drive(remote.root)


def test_an_id_that_is_none_says_so():
    with pytest.raises(SourceError, match=r"drive: needs the id of a folder"):
        open_drive("../x")


def test_doctor_says_what_is_used_and_that_it_works(account, monkeypatch):
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", json.dumps(account))
    words = f"service account {EMAIL} from the variable FRANCHISE_DRIVE_CREDENTIALS"
    assert describe_auth() == [("credentials", True, words, ""), ("token", True, "was given", "")]


def test_doctor_tries_the_credentials(remote, account, monkeypatch):
    remote.drive.fail("/token", "unauthorized", count=100)
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", json.dumps(account))
    (_, ok, _, _), (what, works, _, remedy) = describe_auth()
    assert (ok, what, works) == (True, "token", False)
    assert "the clock is right" in remedy


def test_doctor_says_that_there_is_nothing():
    ((_, ok, found, _),) = describe_auth()
    assert (ok, found) == (True, "none (a drive: source needs FRANCHISE_DRIVE_CREDENTIALS)")


def test_doctor_names_what_is_missing(monkeypatch):
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", "/no/such/key.json")
    ((_, ok, found, _),) = describe_auth()
    assert (ok, found) == (False, "/no/such/key.json does not exist")


def test_no_secret_is_logged(remote, account, monkeypatch, caplog):
    caplog.set_level(0)
    monkeypatch.setenv("FRANCHISE_DRIVE_CREDENTIALS", json.dumps(account))
    remote.drive.fail("in parents", "busy")
    listed(remote)
    assertion = parse_qs(remote.drive.tokens_asked[0][1].decode())["assertion"][0]
    secret = base64.b64decode("".join(account["private_key"].splitlines()[1:-1]))
    for text in (remote.drive.token, assertion, secret.hex(), account["private_key"][40:80]):
        assert text not in caplog.text
