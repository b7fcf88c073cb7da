"""What is erased is gone from the file of SQLite, not only from its tables."""

import sqlite3

from clinic.settings import SQLITE

WORDS = b"a sentence that nobody may find again"


def erased(folder, init_command):
    """The file after a text was stored and erased in it."""
    path = folder / "site.sqlite3"
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(init_command)
    database.execute("CREATE TABLE kept (words TEXT)")
    for _ in range(50):
        database.execute("INSERT INTO kept VALUES (?)", [WORDS.decode()])
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert WORDS in path.read_bytes()
    database.execute("DELETE FROM kept")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path.read_bytes()


def test_an_erased_text_is_not_in_the_file(tmp_path):
    assert WORDS not in erased(tmp_path, SQLITE["OPTIONS"]["init_command"])


def test_without_being_asked_sqlite_might_keep_it(tmp_path):
    """Otherwise the test above would prove nothing."""
    assert WORDS in erased(tmp_path, "PRAGMA journal_mode=WAL; PRAGMA secure_delete=OFF;")
