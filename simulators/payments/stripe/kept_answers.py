"""Idempotency keys: answers that are kept for a day, per account and key."""

import json

from simulators.payments.stripe.access import StripeAccess
from simulators.payments.stripe.call import StripeAnswer, StripeCall, StripeRefusal, api_error

_KEPT_FOR = 86_400
_LONGEST_KEY = 255


class KeptAnswers(StripeAccess):
    """The table `answers`; a row without a status is a request that is still running."""

    def claim(self, call: StripeCall) -> StripeAnswer | None:
        """The kept answer; None where the request is the first one, which is marked as running. Raises StripeRefusal."""
        if not call.key:
            return None
        if len(call.key) > _LONGEST_KEY:
            raise StripeRefusal(400, api_error("Idempotency keys can be at most 255 characters long."))
        self._db.execute("DELETE FROM answers WHERE at <= ?", (self.now() - _KEPT_FOR,))
        sql = "SELECT * FROM answers WHERE account = ? AND key = ?"
        row = self._db.execute(sql, (call.account, call.key)).fetchone()
        params = json.dumps(dict(call.params), sort_keys=True)
        if row is None:
            columns = "account, key, path, params, request, at"
            new = (call.account, call.key, call.path, params, call.request, self.now())
            self._db.execute(f"INSERT INTO answers ({columns}) VALUES (?, ?, ?, ?, ?, ?)", new)
            return None
        _refuse_other_use(call, row["path"], is_same=row["params"] == params)
        if row["status"] is None:
            raise _in_use(call.key)
        headers = json.loads(row["headers"])
        return StripeAnswer(row["status"], json.loads(row["body"]), headers, row["request"])

    def keep(self, call: StripeCall, answer: StripeAnswer) -> None:
        """Keep the answer of a request that ran."""
        sql = "UPDATE answers SET status = ?, body = ?, headers = ? WHERE account = ? AND key = ?"
        values = (answer.status, json.dumps(answer.body), json.dumps(dict(answer.headers)))
        self._db.execute(sql, (*values, call.account, call.key))

    def release(self, call: StripeCall) -> None:
        """Forget a request whose answer is not kept: the key may be used again."""
        sql = "DELETE FROM answers WHERE account = ? AND key = ? AND status IS NULL"
        self._db.execute(sql, (call.account, call.key))


def _refuse_other_use(call: StripeCall, path: str, *, is_same: bool) -> None:
    other = f"Try using a key other than '{call.key}' if you meant to execute a different request."
    if path != call.path:
        text = f"for the same endpoint they were first used for ('{path}' vs '{call.path}')"
    elif not is_same:
        text = "with the same parameters they were first used with"
    else:
        return
    text = f"Keys for idempotent requests can only be used {text}. {other}"
    raise StripeRefusal(400, api_error(text, kind="idempotency_error"))


def _in_use(key: str) -> StripeRefusal:
    text = (
        "There is currently another in-progress request using this Idempotent Key (that probably means you"
        f" submitted twice, and the other request is still going through): {key}. Please try again later."
    )
    return StripeRefusal(409, api_error(text, "idempotency_key_in_use", kind="idempotency_error"))
