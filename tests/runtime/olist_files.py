"""Hand-written files in the three spellings of the Olist data set, with every oddity that the real ones are known to have."""

# ruff: noqa: E501 - rows of CSV are as long as they are
from pathlib import Path

HANDOVER = "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date"
SHORT = "order_id,customer_id,order_status,order_approved_at,order_estimated_delivery_date,order_delivered_customer_date"

# One row each, in the spelling of `orders_with_handover.csv` (month first, slashes).
ODD = {
    "in_time": "in_time,c1,delivered,10/16/2017 9:00,10/16/2017 9:10,10/16/2017 18:00,10/20/2017 12:30,10/25/2017 0:00",
    "late": "late,c2,delivered,10/16/2017 9:00,10/16/2017 9:40,10/17/2017 18:00,10/28/2017 12:30,10/25/2017 0:00",
    "last_day": "last_day,c3,delivered,10/16/2017 9:00,10/16/2017 9:50,10/17/2017 18:00,10/25/2017 23:30,10/25/2017 0:00",
    "never": "never,c4,shipped,10/16/2017 9:00,10/16/2017 10:10,10/18/2017 18:00,,10/25/2017 0:00",
    "unshipped": "unshipped,c5,invoiced,10/16/2017 9:00,10/16/2017 10:20,,,10/25/2017 0:00",
    "not_approved": "not_approved,c6,canceled,10/16/2017 9:00,,,,10/25/2017 0:00",
    "delivered_not_approved": "delivered_not_approved,c6,delivered,10/16/2017 9:00,,10/17/2017 9:00,10/18/2017 9:00,10/25/2017 0:00",
    "no_promise": "no_promise,c7,delivered,10/16/2017 9:00,10/16/2017 9:10,10/16/2017 18:00,10/20/2017 12:30,",
    "unreadable": "unreadable,c8,delivered,10/16/2017 9:00,soon,10/16/2017 18:00,10/20/2017 12:30,10/25/2017 0:00",
    "no_such_day": "no_such_day,c8,delivered,10/16/2017 9:00,10/16/2017 9:10,2/30/2017 18:00,10/20/2017 12:30,10/25/2017 0:00",
    "short": "short,c9,delivered,10/16/2017 9:00",
    "again": "in_time,c1,delivered,10/16/2017 9:00,10/16/2017 9:10,10/16/2017 18:00,10/20/2017 12:30,10/25/2017 0:00",
    "nameless": ",c9,delivered,10/16/2017 9:00,10/16/2017 9:10,10/16/2017 18:00,10/20/2017 12:30,10/25/2017 0:00",
    "dateless": "dateless,c10,delivered,10/16/2017 9:00,10/16/2017 9:10,10/16/2017 18:00,,10/25/2017 0:00",
    "cancelled": "cancelled,c11,canceled,10/16/2017 9:00,10/16/2017 9:10,,,10/25/2017 0:00",
    "cancelled_shipped": "cancelled_shipped,c12,canceled,10/16/2017 9:00,10/16/2017 9:10,10/16/2017 18:00,,10/25/2017 0:00",
    "cancelled_delivered": "cancelled_delivered,c13,canceled,10/16/2017 9:00,10/16/2017 9:10,10/16/2017 18:00,10/20/2017 12:30,10/25/2017 0:00",
    "before_approval": "before_approval,c14,delivered,10/16/2017 9:00,10/21/2017 9:10,10/16/2017 18:00,10/20/2017 12:30,10/25/2017 0:00",
    "before_handover": "before_handover,c15,delivered,10/16/2017 9:00,10/16/2017 9:10,10/20/2017 18:00,10/20/2017 12:30,10/25/2017 0:00",
    "no_handover": "no_handover,c16,delivered,10/16/2017 9:00,10/16/2017 9:10,,10/20/2017 12:30,10/25/2017 0:00",
    "promised_before": "promised_before,c17,delivered,10/16/2017 9:00,10/27/2017 9:10,10/27/2017 18:00,10/28/2017 12:30,10/25/2017 0:00",
    "new_word": "new_word,c18,teleported,10/16/2017 9:00,10/16/2017 9:10,10/16/2017 18:00,10/20/2017 12:30,10/25/2017 0:00",
    "lost_hour": "lost_hour,c19,delivered,10/14/2017 9:00,10/15/2017 0:30,10/16/2017 18:00,10/20/2017 12:30,10/25/2017 0:00",
    "double_hour": "double_hour,c20,delivered,2/16/2018 9:00,2/16/2018 9:10,2/16/2018 18:00,2/17/2018 23:30,2/25/2018 0:00",
    "long_name": "x" * 65
    + ",c21,delivered,10/16/2017 9:00,10/16/2017 9:10,10/16/2017 18:00,10/20/2017 12:30,10/25/2017 0:00",
}  # fmt: skip
REFUSED = {
    "not_approved": 2,
    "no_promise": 1,
    "unreadable_date": 2,
    "wrong_number_of_columns": 1,
    "duplicate_order": 1,
    "no_order_id": 1,
}
AT_THE_DOOR = {"by_the_api:invalid_body": 1}
ODD_PLAYED = {
    "delivered_without_a_date": 1,
    "cancelled_without_a_date": 1,
    "cancelled_yet_handed_over": 1,
    "cancelled_yet_delivered": 1,
    "delivered_before_approval": 1,
    "handed_over_before_approval": 1,
    "delivered_before_handover": 1,
    "delivered_without_handover": 1,
    "promised_before_approval": 1,
    "unknown_status": 1,
    "hour_that_did_not_exist": 1,
    "hour_that_came_twice": 1,
}


def write(file: Path, *lines: str) -> Path:
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def odd_file(folder: Path) -> Path:
    """Every oddity, a row each."""
    return write(folder / "odd.csv", HANDOVER, *ODD.values())
