"""What one site and one address may ask in an hour.

A site that is known counts for itself alone: hundreds of them share a host, and with it an address.
The address is the gateway's; no header says it.
"""

from dataclasses import dataclass

from igny8.limits.service import Share, neighbourhood

HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Allowance:
    """What sites have, and addresses of those that are not known."""

    of_sites: Share
    of_addresses: Share

    def check(self, integration_id: int | None, address: str) -> None:
        """Raises :class:`Throttled` if it is known that all was had. No call."""
        share, caller = self._of(integration_id, address)
        share.check(caller)

    def take(self, integration_id: int | None, address: str) -> None:
        """Count one more. Raises :class:`Throttled`."""
        share, caller = self._of(integration_id, address)
        share.take(caller)

    def _of(self, integration_id: int | None, address: str) -> tuple[Share, str]:
        if integration_id is not None:
            return self.of_sites, str(integration_id)
        return self.of_addresses, neighbourhood(address)
