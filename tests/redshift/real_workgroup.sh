#!/usr/bin/env bash
# The load, the answers, the policies and the parity of both engines on a real workgroup. NOT RUN YET
# by anybody: whoever does, writes the date and what differed into redshift_standin/README.md.
# It makes databases franchise_*, drops them again, and costs some RPU minutes. The roles and users of
# test_policies.py stay: take a workgroup that is for tests, and drop them before another run.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${REDSHIFT_HOST:?the endpoint of the workgroup}"
: "${REDSHIFT_DATABASE:?a database to connect to}"
: "${REDSHIFT_USER:?a superuser}"
: "${REDSHIFT_PASSWORD:?the password}"
: "${REDSHIFT_TEST_LAKE:?s3://bucket/prefix which the default role of the namespace can read}"
export REDSHIFT_POLICIES=off REDSHIFT_PORT="${REDSHIFT_PORT:-5439}"
exec "${PYTHON:-.venv/bin/python}" -m pytest -m "long or not long" \
	tests/orchestration/test_load.py tests/redshift/test_parity.py tests/redshift/test_policies.py \
	tests/redshift/test_standin.py::test_an_expression_has_redshifts_value "$@"
