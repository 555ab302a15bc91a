"""Examining a site: calls it, and says of each check how it came out."""

from collections.abc import Mapping
from contextlib import suppress

from igny8.admission.answers import readiness, worded
from igny8.admission.breaker import Breaker
from igny8.admission.service import AdmissionService
from igny8.admission.store import GateStore
from igny8.admission.visits import Vault
from igny8.core.clock import Clock, epoch
from igny8.core.errors import Lost
from igny8.core.rows import Commit, ConditionLost
from igny8.diagnosis.facts import Facts
from igny8.diagnosis.matrix import MATRIX
from igny8.diagnosis.model import Check, Examination, Finding, Verdict
from igny8.diagnosis.obstacles import Obstacle, obstacle
from igny8.inbound.store import InboxStore
from igny8.integrations.model import Integration, SiteBundle
from igny8.integrations.store import IntegrationStore
from igny8.journal.model import Action, Actor, Status
from igny8.journal.service import Journal
from igny8.sites.model import SiteKeys
from igny8.wordpress.client import BridgeClient, KeyHeader, Target
from igny8.wordpress.response import BridgeResponse

NO_KEY = Finding.failure(
    Check.KEY_OUT,
    "not_connected",
    "The site has never connected with a key that is still valid.",
    "Install the IGNY8 bridge there, paste the site's key under Settings, IGNY8, and press"
    " Connect.",
)
SLOW_MS = 4_000
REPORTED = ("wordpress", "php", "bridge", "seo_plugins")
REACHED = (
    Finding.ok(Check.DNS, "The site's name is found."),
    Finding.ok(Check.REACHABLE, "The site answers."),
    Finding.ok(Check.REST, "The bridge answers."),
    Finding.ok(Check.KEY_OUT, "The site accepts its key."),
)


class Examiner:
    """Looks at a site from here; never raises for what a site does."""

    def __init__(
        self,
        *,
        integrations: IntegrationStore,
        inboxes: InboxStore,
        gates: GateStore,
        admission: AdmissionService,
        breaker: Breaker,
        vault: Vault,
        client: BridgeClient,
        journal: Journal,
        commit: Commit,
        clock: Clock,
    ) -> None:
        self._integrations = integrations
        self._inboxes = inboxes
        self._gates = gates
        self._admission = admission
        self._breaker = breaker
        self._vault = vault
        self._client = client
        self._journal = journal
        self._commit = commit
        self._clock = clock

    def examine(
        self,
        account_id: int,
        site_id: int,
        integration_id: int,
        *,
        actor: Actor,
        post_type: str | None = None,
    ) -> Examination:
        """Make every check; what passes opens a gate that failures closed. Told in history.

        Raises :class:`NotFound` if the site or its integration is gone.
        """
        bundle = self._integrations.bundle(account_id, site_id)
        integration = bundle.required(integration_id)
        target = self._target(bundle, integration)
        if target is None:
            found = Examination(findings=[NO_KEY])
        else:
            with self._client.connected() as client:
                found = self._look(bundle.keys, integration, target, client, actor, post_type)
        self._tell(integration, found, actor)
        return found

    def _target(self, bundle: SiteBundle, integration: Integration) -> Target | None:
        key = bundle.keys.outbound(epoch(self._clock.now()))
        if key is None or integration.rest_url is None:
            return None
        try:
            plain = self._vault.decrypt(key.ciphertext, bundle.site.account_id, bundle.site.id)
        except Lost:
            return None
        gate = self._gates.get(integration.id)
        target = Target(integration.rest_url, integration.external_site_url, plain)
        return target.through(gate.door)

    def _look(
        self,
        keys: SiteKeys,
        integration: Integration,
        target: Target,
        client: BridgeClient,
        actor: Actor,
        post_type: str | None,
    ) -> Examination:
        answer = client.status(target)
        standing = obstacle(answer)
        if standing is not None:
            return Examination(findings=_up_to(standing, answer))
        self._open(keys, integration, answer, actor)
        target = target.through(answer.door)
        inbox = self._inboxes.get(integration.account_id, integration.id)
        facts = Facts(
            report=answer.data,
            now=self._clock.now(),
            is_https=target.rest_url.startswith("https:"),
            has_called=inbox.window > 0,
            bearer_survives=_survives(client, target, KeyHeader.BEARER, answer),
            own_header_survives=_survives(client, target, KeyHeader.OWN, answer),
        )
        findings = [*REACHED, *(judge(facts) for judge in MATRIX)]
        if post_type is not None:
            findings.append(_post_type(client.structure(target), post_type[:64]))
        return Examination(
            findings=findings, site={name: answer.data.get(name) for name in REPORTED}
        )

    def _open(
        self, keys: SiteKeys, integration: Integration, answer: BridgeResponse, actor: Actor
    ) -> None:
        """The bridge is there and knows our key: nothing is held against the site any more."""
        gate = self._gates.get(integration.id)
        if not gate.is_closed or readiness(answer) is not None:
            return
        after = self._breaker.probed(gate, epoch(self._clock.now())).found(answer.door)
        news = self._admission.news(integration, keys, gate, after, actor=actor)
        with suppress(ConditionLost):  # somebody has learnt something newer of the site
            self._commit([self._gates.change(gate, after), *news])

    def _tell(self, integration: Integration, found: Examination, actor: Actor) -> None:
        failed = [one for one in found.findings if one.verdict is Verdict.FAILED]
        event = self._journal.record(
            integration.account_id,
            integration.id,
            Action.CONNECTION_CHECK,
            Status.FAILED if failed else Status.SUCCESS,
            f"Tested the connection: {failed[0].message if failed else 'it works'}",
            actor=actor,
            details={"findings": {str(one.check): one.code for one in found.findings}},
            error_message=failed[0].action if failed else None,
        )
        self._commit([event])


def _survives(
    client: BridgeClient, target: Target, header: KeyHeader, answer: BridgeResponse
) -> bool | None:
    """Whether the key arrives in one header alone; not asked of a slow site: somebody waits."""
    if answer.duration_ms > SLOW_MS:
        return None
    return client.status_shown(target, header).success


def _up_to(standing: Obstacle, answer: BridgeResponse) -> list[Finding]:
    """What stands in the way, and what must have worked for it to be seen."""
    message = worded(standing.message, answer)
    failed = Finding.failure(standing.check, standing.code, message, standing.action)
    passed = {"dns": 0, "tls": 1, "unreachable": 1, "maintenance": 1}.get(standing.code, 2)
    if standing.check is Check.KEY_OUT:
        passed = 3
    return [*REACHED[:passed], failed]


def _post_type(answer: BridgeResponse, post_type: str) -> Finding:
    kinds = answer.data.get("post_types") if answer.ours and answer.success else None
    kind = kinds.get(post_type) if isinstance(kinds, Mapping) else None
    if not isinstance(kind, Mapping):
        return Finding.failure(
            Check.POST_TYPE,
            "no_such_type",
            f"The site has no post type {post_type} that visitors can read.",
            "Choose another type, or activate the plugin that brings it.",
        )
    if kind.get("enabled") is not True:
        return Finding.warning(
            Check.POST_TYPE,
            "type_not_enabled",
            f"{post_type} is not switched on under Settings, IGNY8 on the site.",
            "Articles can be published as it; existing ones are not imported until it is.",
        )
    return Finding.ok(Check.POST_TYPE, f"{post_type} can be used.")
