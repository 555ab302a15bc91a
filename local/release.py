"""Says in a built template which build it is."""

import hashlib
from pathlib import Path

from local.failure import StageError
from local.places import ROOT

PLACE = "Default: unknown"


def stamp(folder: Path) -> str:
    """Write a digest of a build into its template, as the default of ``BuildSha256``.

    A published version is a copy: functions behind an alias would go on with the layers and
    settings of the last one if nothing said that this is another.
    """
    template = folder / "template.yaml"
    text = template.read_text()
    if text.count(PLACE) != 1:
        message = f"{template} is not a fresh build; build it anew."
        raise StageError(message)
    found = digest(folder)
    template.write_text(text.replace(PLACE, f"Default: {found}"))
    return found


def digest(folder: Path) -> str:
    """SHA-256 of the files of a build, by name and content, and of the stages' parameters."""
    found = hashlib.sha256((ROOT / "samconfig.toml").read_bytes())
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(str(path.relative_to(folder)).encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
