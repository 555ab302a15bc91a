"""Where the local stage keeps things: all inside the checkout, so that two checkouts never meet."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".local"
LOGS = STATE / "logs"
TEMPORARY = STATE / "tmp"
WORDPRESS = STATE / "wordpress"
# What tests and people read (see stage.py), and what `down` needs to know (see running.py).
STAGE_FILE = STATE / "stage.json"
RUNNING_FILE = STATE / "running.json"
LOCK_FILE = STATE / "lock"

BRIDGE_SOURCE = ROOT / "plugins" / "wordpress" / "igny8-wp-bridge"
BRIDGE_ZIP = STATE / "igny8-wp-bridge.zip"
