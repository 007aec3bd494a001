import os

import pytest
import redshift_connector


def connect(**other):
    """A connection to the database that the REDSHIFT_ variables name."""
    settings = {
        "host": os.environ["REDSHIFT_HOST"],
        "port": int(os.environ["REDSHIFT_PORT"]),
        "database": os.environ["REDSHIFT_DATABASE"],
        "user": os.environ["REDSHIFT_USER"],
        "password": os.environ["REDSHIFT_PASSWORD"],
        "ssl": os.environ.get("REDSHIFT_SSLMODE") != "disable",
    }
    connection = redshift_connector.connect(**settings | other)
    connection.autocommit = True
    return connection


@pytest.fixture
def open_connection(redshift):
    """Opens connections to an empty database of the stand-in, which are closed after the test."""
    opened = []

    def open_one(**other):
        opened.append(connect(**other))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def run(open_connection):
    """Runs a statement on the stand-in; returns its rows."""
    cursor = open_connection().cursor()

    def run_one(sql):
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    return run_one
