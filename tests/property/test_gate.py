"""Whatever a ZIP's files say: they become a release, or all that is wrong is said."""

from hypothesis import given
from hypothesis import strategies as st
from igny8.core.errors import Invalid
from igny8.distribution.gate import Examined, examine

from tests.support.packages import HOME, MAIN, PINNED, README, record, sources, zipped

LINES = st.lists(
    st.one_of(
        st.sampled_from([
            " * Version: 2.0.1", "Stable tag: 2.0.1", " * Update URI: https://[", "== FAQ ==",
            "\tconst API_URL = 'https://[';", "\tconst KEYS = array( '=', 'A' );", "*/ ?>", "\r",
            "\tconst UPDATE_HOST = '';", "Requires PHP: 7.4", "= 2.0.1 =", "= =", "==  ==", "* ",
        ]),
        st.text(max_size=30),
    ),
    max_size=12,
)  # fmt: skip


@given(st.sampled_from([MAIN, README, PINNED]), st.booleans(), LINES)
def test_any_text(name: str, instead: bool, lines: list[str]) -> None:
    files = sources()
    more = "\n".join(lines).encode(errors="surrogatepass")
    files[name] = b"<?php\n" + more if instead else files[name] + b"\n" + more
    archive = zipped(files)
    try:
        assert isinstance(examine(archive, record(archive), HOME), Examined)
    except Invalid as refused:
        said = [reason for reasons in refused.fields.values() for reason in reasons]
        assert said
        assert all(len(reason) <= 500 for reason in said)
