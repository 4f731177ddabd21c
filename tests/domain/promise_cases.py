"""Promises computed by hand: an order, the terms that apply, the promise that must result, and why.

March 2026: the 2nd is a Monday. Unless a case changes it, goods go from London to London, the cut-off is at 14:00,
there is no handling time, weekends are Saturday and Sunday, and there are no holidays. `day` may be a window, `due` is in UTC.
"""

from typing import Any, NamedTuple

from domain.model.delivery_terms import ServiceTerms
from tests.domain.calendars import service


class Case(NamedTuple):
    why: str
    placed: str
    service: ServiceTerms
    promise: str
    due: str = ""
    ends: str = "GB GB"
    here: str = ""
    there: str = ""
    rests: str = "saturday sunday"
    rests_there: str = ""
    shop: dict[str, Any] = {}


ALWAYS = {"saturdays": True, "sundays": True}
OPEN = {"weekend": ()}  # a warehouse that works every day
NEXT_DAY, SAME_DAY = service(1), service(0)
DAILY = service(1, **ALWAYS)
HALF_PAST_ONE = service(1, cutoff="01:30", **ALWAYS)
QUICK = service(hours=2, cutoff="23:30")
ANY_TIME = service(hours=2, cutoff="23:59", **ALWAYS)
FROM_EIGHT = {"opens": "08:00"}
SIX_DAYS = {"weekend": ("sunday",)}

CUT_OFF = [
    Case("a second before the cut-off it leaves today", "2026-03-02T13:59:59Z", NEXT_DAY, "2026-03-03"),
    Case("a microsecond before too", "2026-03-02T13:59:59.999999Z", NEXT_DAY, "2026-03-03"),
    Case("at the cut-off the last van is gone", "2026-03-02T14:00:00Z", NEXT_DAY, "2026-03-04"),
    Case("and after it", "2026-03-02T14:00:00.000001Z", NEXT_DAY, "2026-03-04"),
    Case("14:30 in Paris is 13:30 at the warehouse", "2026-03-02T14:30:00+01:00", NEXT_DAY, "2026-03-03"),
    Case("09:30 in New York is 14:30 there", "2026-03-02T09:30:00-05:00", NEXT_DAY, "2026-03-04"),
    Case("Friday in time, one working day is Monday", "2026-03-06T13:00:00Z", NEXT_DAY, "2026-03-09"),
    Case("Friday too late leaves on Monday", "2026-03-06T15:00:00Z", NEXT_DAY, "2026-03-10"),
    Case("Saturday morning is no working day", "2026-03-07T10:00:00Z", NEXT_DAY, "2026-03-10"),
    Case("Saturday evening is no later than Saturday morning", "2026-03-07T20:00:00Z", NEXT_DAY, "2026-03-10"),
    Case("Sunday a minute to midnight is Monday's work", "2026-03-08T23:59:00Z", NEXT_DAY, "2026-03-10"),
    Case("the same day, ordered in time", "2026-03-02T13:00:00Z", SAME_DAY, "2026-03-02", "2026-03-03T00:00:00Z"),
    Case("the same day, ordered at the cut-off, is tomorrow", "2026-03-02T14:00:00Z", SAME_DAY, "2026-03-03"),
    Case("the same day on Friday afternoon is Monday", "2026-03-06T14:00:00Z", SAME_DAY, "2026-03-09"),
]  # fmt: skip

SPANS = [
    Case("a day of handling, a day of transit", "2026-03-02T10:00:00Z", service(1, handling=1), "2026-03-04"),
    Case("two days of handling over a weekend: Monday", "2026-03-05T10:00:00Z", service(1, handling=2), "2026-03-10"),
    Case("a Saturday's order is handled on Monday, leaves on Tuesday", "2026-03-07T10:00:00Z", service(1, handling=1),
         "2026-03-11"),
    Case("two to four days from Monday", "2026-03-02T10:00:00Z", service(2, 4), "2026-03-04..2026-03-06"),
    Case("two to four days from Wednesday: Thu, Fri | Mon, Tue", "2026-03-04T10:00:00Z", service(2, 4),
         "2026-03-06..2026-03-10"),
    Case("thirty working days are six weeks", "2026-03-02T10:00:00Z", service(30), "2026-04-13"),
    Case("thirty days of a carrier that never rests, into summer time", "2026-03-02T10:00:00Z", service(30, **ALWAYS),
         "2026-04-01",
         "2026-04-01T23:00:00Z"),
    Case("a carrier's Saturday", "2026-03-05T10:00:00Z", service(2, saturdays=True), "2026-03-07"),
    Case("a carrier's Sunday without a Saturday", "2026-03-06T10:00:00Z", service(1, sundays=True), "2026-03-08"),
    Case("both", "2026-03-06T10:00:00Z", service(2, **ALWAYS), "2026-03-08"),
    Case("packed on Saturday, fetched on Monday", "2026-03-07T10:00:00Z", NEXT_DAY, "2026-03-10", shop=SIX_DAYS),
    Case("packed and fetched on Saturday", "2026-03-07T10:00:00Z", service(1, saturdays=True), "2026-03-09", shop=SIX_DAYS),
    Case("packed and fetched on Sunday", "2026-03-08T10:00:00Z", DAILY, "2026-03-09", shop=OPEN),
]  # fmt: skip

HOLIDAYS = [
    Case("a holiday where it is packed", "2026-03-02T10:00:00Z", NEXT_DAY, "2026-03-04", here="2026-03-02"),
    Case("a holiday where it goes", "2026-03-02T10:00:00Z", NEXT_DAY, "2026-03-04", there="2026-03-03"),
    Case("at both ends: packed on Wednesday, there on Thursday", "2026-03-02T14:30:00Z", NEXT_DAY, "2026-03-05",
         here="2026-03-03", there="2026-03-03"),
    Case("one here, another there, cost a day each", "2026-03-02T14:30:00Z", NEXT_DAY, "2026-03-06", here="2026-03-03",
         there="2026-03-05"),
    Case("a carrier that works on holidays", "2026-03-02T10:00:00Z", service(1, holidays=True), "2026-03-03",
         there="2026-03-03"),
    Case("which does not open the warehouse", "2026-03-02T10:00:00Z", service(1, holidays=True), "2026-03-04",
         here="2026-03-02"),
    Case("stock-taking", "2026-03-02T10:00:00Z", NEXT_DAY, "2026-03-04", shop={"closed": ("2026-03-02",)}),
    Case("a holiday while it is handled", "2026-03-02T10:00:00Z", service(1, handling=1), "2026-03-05", here="2026-03-03"),
    Case("a holiday there on the day it leaves here costs nothing", "2026-03-02T10:00:00Z", NEXT_DAY, "2026-03-03",
         there="2026-03-02"),
    Case("unless it was to arrive that day", "2026-03-02T10:00:00Z", SAME_DAY, "2026-03-03", there="2026-03-02"),
    Case("a Saturday that is a holiday is no carrier's Saturday", "2026-03-05T10:00:00Z", service(2, saturdays=True),
         "2026-03-09",
         there="2026-03-07"),
    Case("a holiday on a Sunday costs nothing", "2026-03-06T10:00:00Z", NEXT_DAY, "2026-03-09", there="2026-03-08"),
    Case("Christmas Eve after the cut-off: Friday, weekend, substitute day", "2026-12-24T15:00:00Z", NEXT_DAY, "2026-12-30",
         here="2026-12-25 2026-12-28", there="2026-12-25 2026-12-28"),
    Case("Monday evening in New York is a holiday's night in London", "2026-03-02T21:00:00-05:00", NEXT_DAY, "2026-03-05",
         ends="GB US", here="2026-03-03"),
    Case("the night after a holiday is still the holiday in New York", "2026-03-03T00:30:00Z", NEXT_DAY, "2026-03-04",
         ends="US US", here="2026-03-02"),
]  # fmt: skip

WEEKENDS = [
    Case("to Kuwait: Thursday, then Friday and Saturday rest, Sunday", "2026-03-04T10:00:00Z", service(2), "2026-03-08",
         "2026-03-08T21:00:00Z", ends="GB KW", rests_there="friday saturday"),
    Case("from Kuwait: Thursday afternoon is Sunday's work", "2026-03-05T15:00:00+03:00", NEXT_DAY, "2026-03-09",
         ends="KW GB", rests="friday saturday", rests_there="saturday sunday"),
    Case("where Friday and Saturday rest, a Saturday service skips Friday alone", "2026-03-05T10:00:00+02:00",
         service(1, saturdays=True), "2026-03-07", ends="IL IL", rests="friday saturday"),
    Case("Kathmandu rests on Saturdays only, and its days end at 18:15", "2026-03-06T10:00:00+05:45", NEXT_DAY, "2026-03-08",
         "2026-03-08T18:15:00Z", ends="NP NP", rests="saturday"),
]  # fmt: skip

FAR = [
    Case("Auckland's Tuesday is Monday in Los Angeles: one day is Tuesday there", "2026-03-03T13:00:00+13:00", NEXT_DAY,
         "2026-03-03",
         "2026-03-04T08:00:00Z", ends="NZ LA"),
    Case("it leaves Los Angeles when Auckland has Tuesday", "2026-03-02T10:00:00-08:00", NEXT_DAY, "2026-03-04",
         "2026-03-04T11:00:00Z", ends="LA NZ"),
    Case("Friday afternoon in Los Angeles is Saturday in Auckland", "2026-03-06T10:00:00-08:00", NEXT_DAY, "2026-03-09",
         ends="LA NZ"),
    Case("25 hours apart: Monday in Pago Pago is Tuesday on Kiritimati", "2026-03-02T10:00:00-11:00", SAME_DAY, "2026-03-03",
         "2026-03-03T10:00:00Z", ends="AS KI"),
    Case("and back it is a day earlier", "2026-03-03T10:00:00+14:00", SAME_DAY, "2026-03-02", "2026-03-03T11:00:00Z",
         ends="KI AS"),
]  # fmt: skip

CLOCKS = [
    Case("a day of 23 hours ends at 23:00 UTC", "2026-03-28T10:00:00Z", DAILY, "2026-03-29", "2026-03-29T23:00:00Z", shop=OPEN),
    Case("a day of 25 hours", "2026-10-24T10:00:00+01:00", DAILY, "2026-10-25", "2026-10-26T00:00:00Z", shop=OPEN),
    Case("a cut-off at a time that is left out is as much later: 02:29", "2026-03-29T01:29:00Z", HALF_PAST_ONE, "2026-03-30",
         shop=OPEN),
    Case("02:30 is too late", "2026-03-29T01:30:00Z", HALF_PAST_ONE, "2026-03-31", shop=OPEN),
    Case("a cut-off at a time that comes twice is the first: 01:29", "2026-10-25T00:29:00Z", HALF_PAST_ONE, "2026-10-26",
         shop=OPEN),
    Case("the first 01:30", "2026-10-25T00:30:00Z", HALF_PAST_ONE, "2026-10-27", shop=OPEN),
    Case("the second 01:10 comes after the first 01:30", "2026-10-25T01:10:00Z", HALF_PAST_ONE, "2026-10-27", shop=OPEN),
    Case("Lord Howe goes back half an hour: its Sunday ends at 13:30 UTC", "2026-04-04T10:00:00+11:00", DAILY, "2026-04-05",
         "2026-04-05T13:30:00Z", ends="AU AU", shop=OPEN),
    Case("São Paulo leaves out midnight: Saturday ends where 00:00 would be", "2018-11-02T10:00:00-03:00", DAILY, "2018-11-03",
         "2018-11-04T03:00:00Z", ends="BR BR", shop=OPEN),
    Case("and the Sunday after it has 23 hours", "2018-11-03T10:00:00-03:00", DAILY, "2018-11-04", "2018-11-05T02:00:00Z",
         ends="BR BR", shop=OPEN),
    Case("São Paulo's Saturday with 23:00 twice", "2018-02-16T10:00:00-02:00", DAILY, "2018-02-17", "2018-02-18T03:00:00Z",
         ends="BR BR", shop=OPEN),
    Case("Havana has midnight twice: Saturday ends at the first", "2026-10-30T10:00:00-04:00", DAILY, "2026-10-31",
         "2026-11-01T04:00:00Z", ends="CU CU", shop=OPEN),
    Case("St John's went back from 00:01 to 23:01: Saturday ends the second time", "2010-11-05T10:00:00-02:30", DAILY,
         "2010-11-06",
         "2010-11-07T03:30:00Z", ends="CA CA", shop=OPEN),
    Case("Samoa, Thursday 29 December 2011 ends at the leap", "2011-12-28T10:00:00-10:00", DAILY, "2011-12-29",
         "2011-12-30T10:00:00Z",
         ends="WS WS", shop=OPEN),
    Case("two days on: there was no Friday", "2011-12-28T10:00:00-10:00", service(2, **ALWAYS), "2011-12-31",
         "2011-12-31T10:00:00Z",
         ends="WS WS", shop=OPEN),
    Case("too late on Thursday is Saturday's work", "2011-12-29T15:00:00-10:00", DAILY, "2012-01-01", "2012-01-01T10:00:00Z",
         ends="WS WS", shop=OPEN),
    Case("Kiritimati had no 31 December 1994", "1994-12-29T10:00:00-10:00", service(2, **ALWAYS), "1995-01-01",
         "1995-01-01T10:00:00Z",
         ends="KI KI", shop=OPEN),
]  # fmt: skip

YEARS = [
    Case("29 February 2028 is a Tuesday", "2028-02-28T10:00:00Z", NEXT_DAY, "2028-02-29", "2028-03-01T00:00:00Z"),
    Case("2027 has none: Friday 26 February, Monday 1 March", "2027-02-26T10:00:00Z", NEXT_DAY, "2027-03-01"),
    Case("New Year's Eve, New Year, weekend", "2026-12-31T10:00:00Z", NEXT_DAY, "2027-01-04", there="2027-01-01"),
    Case("in Los Angeles it is still the old year, and too late", "2027-01-01T07:30:00Z", NEXT_DAY, "2027-01-05", ends="LA LA",
         here="2027-01-01"),
    Case("Auckland is in the new year already, on a holiday", "2026-12-31T12:00:00Z", NEXT_DAY, "2027-01-05", ends="NZ NZ",
         here="2027-01-01"),
]  # fmt: skip

HOURS = [
    Case("two hours", "2026-03-02T10:00:00Z", QUICK, "2026-03-02T12:00:00+00:00"),
    Case("two hours over midnight", "2026-03-02T22:45:00Z", QUICK, "2026-03-03T00:45:00+00:00"),
    Case("at the cut-off: two hours from the next opening", "2026-03-02T23:30:00Z", QUICK, "2026-03-03T10:00:00+00:00",
         shop=FROM_EIGHT),
    Case("before the opening: from it", "2026-03-02T06:00:00Z", QUICK, "2026-03-02T10:00:00+00:00", shop=FROM_EIGHT),
    Case("at the opening", "2026-03-02T08:00:00Z", QUICK, "2026-03-02T10:00:00+00:00", shop=FROM_EIGHT),
    Case("Friday night: from Monday's opening", "2026-03-06T23:45:00Z", QUICK, "2026-03-09T10:00:00+00:00", shop=FROM_EIGHT),
    Case("a holiday where it goes", "2026-03-02T10:00:00Z", QUICK, "2026-03-03T10:00:00+00:00", shop=FROM_EIGHT,
         there="2026-03-02"),
    Case("a courier's Saturday does not open the warehouse", "2026-03-07T10:00:00Z", service(hours=2, saturdays=True),
         "2026-03-09T10:00:00+00:00", shop=FROM_EIGHT),
    Case("what began on Saturday is brought on Sunday", "2026-03-07T22:45:00Z", service(hours=2, cutoff="23:30",
         saturdays=True),
         "2026-03-08T00:45:00+00:00", shop=SIX_DAYS),
    Case("three days on end count no weekend", "2026-03-06T10:00:00Z", service(hours=72), "2026-03-09T10:00:00+00:00"),
    Case("two hours over the hour that is left out", "2026-03-29T00:30:00Z", ANY_TIME, "2026-03-29T03:30:00+01:00", shop=OPEN),
    Case("two hours over the hour that comes twice", "2026-11-01T00:30:00-04:00", ANY_TIME, "2026-11-01T01:30:00-05:00",
         ends="US US", shop=OPEN),
    Case("over Lord Howe's half hour", "2026-10-04T01:00:00+10:30", ANY_TIME, "2026-10-04T03:30:00+11:00", ends="AU AU",
         shop=OPEN),
    Case("over Samoa's missing Friday", "2011-12-29T23:00:00-10:00", ANY_TIME, "2011-12-31T01:00:00+14:00", ends="WS WS",
         shop=OPEN),
    Case("over Kathmandu's midnight", "2026-03-02T22:45:00+05:45", QUICK, "2026-03-03T00:45:00+05:45", ends="NP NP",
         rests="saturday"),
    Case("a shop that opens at a time that is left out opens at 02:30", "2026-03-29T00:10:00Z", ANY_TIME,
         "2026-03-29T04:30:00+01:00",
         shop={**OPEN, "opens": "01:30"}),
    Case("shown as the customer's clock shows it", "2026-03-02T10:00:00Z", service(hours=6), "2026-03-02T11:00:00-05:00",
         ends="GB US"),
]  # fmt: skip

CASES = [*CUT_OFF, *SPANS, *HOLIDAYS, *WEEKENDS, *FAR, *CLOCKS, *YEARS, *HOURS]
