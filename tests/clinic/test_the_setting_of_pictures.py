"""CLINIC_PICTURES: which bucket it names, and what it refuses."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from clinic import checks
from clinic.environment import bucket_of
from clinic.picture_files import folder, store
from tests.buckets import KEY
from tests.clinic.test_settings import check_deploy

WITH_A_KEY = "a-name:" + "hunter2@"  # in pieces, so that this file holds no key itself


@pytest.fixture
def key(monkeypatch):
    for name, value in KEY.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("setting", "bucket", "prefix", "endpoint", "region"),
    [
        (
            "s3://clinic?endpoint=https://s3.example:9000&region=eu-1",
            "clinic",
            "",
            "https://s3.example:9000",
            "eu-1",
        ),
        (
            "s3://my.clinic/a/folder/?region=us-west-2",
            "my.clinic",
            "a/folder",
            "https://s3.us-west-2.amazonaws.com",
            "us-west-2",
        ),
        (
            "s3://clinic?endpoint=https%3A%2F%2Fs3.example%2F",
            "clinic",
            "",
            "https://s3.example",
            "us-east-1",
        ),
    ],
)
def test_the_setting_names_a_bucket(key, setting, bucket, prefix, endpoint, region):
    assert bucket_of(setting) == {
        "bucket": bucket,
        "prefix": prefix,
        "endpoint": endpoint,
        "region": region,
        "access_key_id": "a-key-of-tests",
        "secret_access_key": "a-secret-of-tests",
    }


@pytest.mark.parametrize(
    "setting",
    [
        "clinic",
        "/srv/pictures",
        "https://s3.example/clinic",
        "s3://",
        "s3://Clinic",
        f"s3://{WITH_A_KEY}clinic",
        "s3://clinic?endpoint=s3.example",
        f"s3://clinic?endpoint=https://{WITH_A_KEY}s3.example",
        "s3://clinic?endpoint=https://hunter2@s3.example",
        "s3://clinic?endpoint=https://s3.example/hunter2",
        "s3://clinic?secret=hunter2",
        "s3://clinic?region=hunter2!",
        "s3://clinic?region=",
        "s3://clinic#hunter2",
    ],
)
def test_a_setting_that_means_nothing_stops_the_start_and_is_not_told_on(key, setting):
    with pytest.raises(ImproperlyConfigured, match="CLINIC_PICTURES is s3://bucket") as refused:
        bucket_of(setting)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("name", KEY)
def test_a_missing_key_stops_the_start_and_is_named(key, monkeypatch, name):
    monkeypatch.delenv(name)
    with pytest.raises(ImproperlyConfigured, match=f"Set {name}"):
        bucket_of("s3://clinic")


def test_the_key_may_stand_in_a_file_or_be_a_credential_of_systemds(key, monkeypatch, tmp_path):
    secret = tmp_path / "CLINIC_PICTURES_SECRET"
    secret.write_text("from a file\n")
    monkeypatch.delenv("CLINIC_PICTURES_SECRET")
    monkeypatch.setenv("CLINIC_PICTURES_SECRET_FILE", str(secret))
    assert bucket_of("s3://clinic")["secret_access_key"] == "from a file"
    monkeypatch.delenv("CLINIC_PICTURES_SECRET_FILE")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert bucket_of("s3://clinic")["secret_access_key"] == "from a file"


def test_without_the_setting_pictures_are_files_in_a_folder(settings):
    assert settings.CLINIC_PICTURES is None
    assert type(store()) is type(folder())
    assert list(checks.pictures_have_a_store(None)) == []


def test_before_going_live_the_bucket_is_tried_out(bucket):
    assert list(checks.pictures_have_a_store(None)) == []
    assert bucket.names() == []
    assert list(bucket._objects.list()) == []


@pytest.mark.parametrize(
    ("harm", "complaint"),
    [
        ({"endpoint": "http://s3.example"}, "clinic.E011"),
        ({"secret_access_key": "another"}, "clinic.E012"),
        ({"bucket": "another"}, "clinic.E012"),
    ],
)
def test_a_bucket_that_is_not_fit_is_refused(bucket, settings, harm, complaint):
    settings.CLINIC_PICTURES = {**settings.CLINIC_PICTURES, **harm}
    checks.picture_files.bucket.cache_clear()
    assert [error.id for error in checks.pictures_have_a_store(None)] == [complaint]


def test_the_real_check_says_what_is_wrong_and_nothing_of_the_key():
    checked = check_deploy(CLINIC_PICTURES="s3://clinic?endpoint=http://127.0.0.1:9", **KEY)
    assert checked.returncode != 0
    assert "The store of pictures gives no answer." in checked.stderr
    assert not any(value in checked.stderr for value in KEY.values())
