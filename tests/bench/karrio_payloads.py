"""Run in karrio's own environment, never in ours: how many EasyPost trackers per second its SDK parses."""

import json
import sys
import time

import karrio.lib as lib
import karrio.sdk as karrio
from karrio.providers.easypost.tracking import parse_tracking_response


def main() -> None:
    """Events come on stdin, rates go to stdout; karrio gets the tracker of an event, as from its own request."""
    job = json.load(sys.stdin)
    settings = karrio.gateway["easypost"].create({"api_key": "none"}).settings
    print(
        json.dumps(
            [
                rate(json.dumps(json.loads(event)["result"]), settings, job["seconds"])
                for event in job["events"]
            ]
        )
    )


def rate(text: str, settings: object, seconds: float) -> float:
    def parsed() -> int:
        answers = lib.Deserializable(
            [("1", text)], lambda all_: [(code, lib.to_dict(one)) for code, one in all_]
        )
        [details], _ = parse_tracking_response(answers, settings)
        return len(details.events)

    assert parsed() > 0
    began, done = time.thread_time(), 0
    while (spent := time.thread_time() - began) < seconds:
        parsed()
        done += 1
    return done / spent


if __name__ == "__main__":
    main()
