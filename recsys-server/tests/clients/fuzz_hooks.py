"""What Schemathesis needs to know of the API: its scalars, and what counts as a failure.

    python3 -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install schemathesis==4.32.5
    echo 'enabled = false' > /tmp/fuzz/limits.toml          # or most answers are 429
    recsys demo --port 8000 --limits /tmp/fuzz/limits.toml
    cd recsys-server/tests/clients
    PYTHONPATH=. SCHEMATHESIS_HOOKS=fuzz_hooks /tmp/fuzz/bin/schemathesis run http://127.0.0.1:8000/graphql \
        --phases fuzzing --max-examples 500 --checks failed_inside [-H "Authorization: Bearer $TOKEN"]

RECSYS_IDS may have ids of items and users, separated by commas, so that not every one is unknown.

Its own check takes NOT_FOUND or UNAUTHENTICATED for failures of the server; ours asks for a code in every error, and
that none says that something inside has failed.
"""

import os

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

TEXTS = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)
KNOWN = [id for id in os.environ.get("RECSYS_IDS", "").split(",") if id]
UUIDS = (st.sampled_from(KNOWN) if KNOWN else st.nothing()) | st.uuids().map(str)
TIMES = st.datetimes(timezones=st.timezones()).map(lambda time: time.isoformat())
LEAVES = st.one_of(
    st.just(nodes.Null),
    st.booleans().map(nodes.Boolean),
    st.integers(-(2**65), 2**65).map(nodes.Int),
    st.floats(allow_nan=False, allow_infinity=False).map(nodes.Float),
    TEXTS.map(nodes.String),
)

schemathesis.graphql.scalar("UUID", (UUIDS | TEXTS).map(nodes.String))
schemathesis.graphql.scalar("DateTime", (TIMES | TEXTS).map(nodes.String))
schemathesis.graphql.scalar("JSON", LEAVES | st.lists(LEAVES, max_size=3).map(nodes.List))


@schemathesis.check
def failed_inside(ctx, response, case):
    """No status of a failure, a code in every error, and none that speaks of an internal one."""
    assert response.status_code < 500, f"status {response.status_code}"
    for error in response.json().get("errors", []):
        code = error.get("extensions", {}).get("code")
        assert code not in (None, "INTERNAL_SERVER_ERROR", "UNAVAILABLE", "TIMEOUT"), error
