"""Policies: written, checked line by line, published, compared, and published again from an earlier version."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from api.http.problems import Problem
from domain.model.terms import Policy
from pages.admin.frame import ADMIN, ADMINS, page_of, show
from pages.web.flash_messages import FlashMessage, redirect_with_message
from pages.web.staff import StaffUser, staff_page
from pages.web.visit import Visit
from services.policies.backtesting import Backtest
from services.policies.document import PolicyFault, PolicyRefused
from services.policies.publishing import Publication
from services.policies.reader import ReadPolicy, amounts_in_full, read_policy_text
from services.policies.views import PolicyDocument, changes_between

_PATH = f"{ADMIN}/policies"
_LIMIT = 256 * 1024
_LONGEST = 100_000  # characters of a document


@dataclass(frozen=True)
class _Draft:
    """The text in the editor, of the version in force without any. read: once it was checked; conflict: another was faster.

    tried: what it would have changed of past returns.
    """

    text: str | None = None
    faults: Sequence[PolicyFault] = ()
    read: ReadPolicy | None = None
    conflict: bool = False
    tried: Backtest | None = None


@staff_page("GET", _PATH, roles=ADMINS)
async def list_policy_versions(visit: Visit, user: StaffUser) -> web.Response:
    """The policy in force as text to change, and all versions."""
    return await _editor(visit, user, _Draft())


@staff_page("POST", _PATH, roles=ADMINS, limit=_LIMIT)
async def send_policy(visit: Visit, user: StaffUser) -> web.Response:
    """Check the text, try it out on past returns, or publish it.

    With mistakes, or after another publisher, it is shown again as it was typed.
    """
    text = visit.form.text("document", _LONGEST)
    try:
        read = read_policy_text(text)
    except PolicyRefused as refused:
        return await _editor(visit, user, _Draft(text, faults=refused.faults))
    wanted = visit.form.choice("do", ("check", "try", "publish"))
    if wanted == "try":
        tried = await visit.services.merchants.backtests.run(user.merchant, read.policy)
        return await _editor(visit, user, _Draft(text, read=read, tried=tried))
    if wanted != "publish":
        return await _editor(visit, user, _Draft(text, read=read))
    done = await visit.services.merchants.policies.publish(
        user.merchant, read, user.actor, visit.form.number("expected")
    )
    return await _published(visit, user, done, text)


@staff_page("GET", _PATH + "/{version}", roles=ADMINS)
async def show_policy_version(visit: Visit, user: StaffUser) -> web.Response:
    """One version: its text, and what differs from the version in force."""
    document = await _version(visit, user, visit.path["version"])
    current = await _version(visit, user, None)
    difference = await visit.services.merchants.policies.difference(
        user.merchant, document.version, current.version
    )
    return show(
        visit,
        "policy",
        "policies",
        document=document,
        current=current,
        changes=difference.changes if difference else (),
    )


@staff_page("POST", _PATH + "/{version}", roles=ADMINS)
async def publish_version_again(visit: Visit, user: StaffUser) -> web.Response:
    """Publish an earlier version as a new one."""
    document = await _version(visit, user, visit.path["version"])
    done = await visit.services.merchants.policies.roll_back(
        user.merchant, document.version, user.actor, visit.form.number("expected")
    )
    return await _published(visit, user, done, document.text)


async def _published(visit: Visit, user: StaffUser, done: Publication | None, text: str) -> web.Response:
    if done is None:
        raise Problem("not_found")
    if done.outcome == "conflict":
        return await _editor(visit, user, _Draft(text, conflict=True))
    return redirect_with_message(
        visit, _PATH, FlashMessage("policy_published", what=str(done.current.version))
    )


async def _editor(visit: Visit, user: StaffUser, draft: _Draft) -> web.Response:
    current = await _version(visit, user, None)
    versions = await visit.services.merchants.policies.page(user.merchant, page_of(visit))
    read = draft.read
    return show(
        visit,
        "policies",
        "policies",
        status=422 if draft.faults else 409 if draft.conflict else 200,
        current=current,
        text=current.text if draft.text is None else draft.text,
        versions=versions,
        faults=draft.faults,
        checked=read is not None,
        changes=changes_between(Policy.model_validate(current.policy), read.policy) if read else (),
        amounts=amounts_in_full(read.policy) if read else {},
        conflict=draft.conflict,
        tried=draft.tried,
    )


async def _version(visit: Visit, user: StaffUser, number: str | None) -> PolicyDocument:
    """The version of that number; the one in force without one. Raises Problem not_found."""
    if number is not None and not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Problem("not_found")
    found = await visit.services.merchants.policies.find(user.merchant, int(number) if number else None)
    if found is None:
        raise Problem("not_found")
    return found
