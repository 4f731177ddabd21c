"""A carrier's tracker that does what the test tells it, and remembers who looked."""

from collections import Counter
from datetime import datetime

from domain.looking import LookAsk
from domain.parcels import Estimate, Scan
from ports.carriers import Report
from ports.trackers import Account, NotNow, Seen, Sighting


class Tower:
    """The port `Tracker`. `instead`: what is answered for a merchant in place of its scans."""

    def __init__(self) -> None:
        self.scans: dict[str, list[Scan]] = {}
        self.estimates: dict[str, Estimate] = {}
        self.instead: dict[str, Sighting] = {}
        self.looks: Counter[str] = Counter()
        self.times: dict[str, list[datetime]] = {}

    async def look(self, account: Account, ask: LookAsk, now: datetime) -> Sighting:
        assert account.key == "k"
        self.looks[ask.merchant] += 1
        self.times.setdefault(ask.merchant, []).append(now)
        if (answer := self.instead.get(ask.merchant)) is not None:
            return answer
        seen = [scan for scan in self.scans.get(ask.merchant, []) if scan.at <= now]
        report = Report(
            carrier="UPS",
            tracking_number=ask.tracking_number,
            scans=tuple(seen),
            estimate=self.estimates.get(ask.merchant),
        )
        return Seen(report=report)


AWAY = NotNow(why="away")
