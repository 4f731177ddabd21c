"""The meaning of each AfterShip code, written from AfterShip's documentation and not from the adapter's YAML.

Row: (tag, sub-tag, our status, fault or None for no reason, action required, why).
"""

from tests.adapters.easypost_expected import Row

# fmt: off
TAGS: list[Row] = [
    ("Pending", None, "unknown", None, False, "AfterShip has no report; the parcel may be anywhere"),
    ("InfoReceived", None, "pre_transit", None, False, "announced to the carrier, not handed over"),
    ("InTransit", None, "in_transit", None, False, "the carrier has it"),
    ("OutForDelivery", None, "out_for_delivery", None, False, "on the van"),
    ("AttemptFail", None, "attempt_failed", "unknown", False, "was at the door in vain; they come again"),
    ("Delivered", None, "delivered", None, False, "the only word for delivered"),
    ("AvailableForPickup", None, "available_for_pickup", None, True, "the customer has to fetch it"),
    ("Exception", None, "exception", "unknown", False, "something is wrong; what is not given"),
    ("Expired", None, "expired", "unknown", False, "thirty days without a word"),
]

SUBTAGS: list[Row] = [
    ("Delivered", "Delivered_001", "delivered", None, False, "delivered"),
    ("Delivered", "Delivered_002", "delivered", None, False, "fetched by the customer: they have it"),
    ("Delivered", "Delivered_003", "delivered", None, False, "signed for"),
    ("Delivered", "Delivered_004", "delivered", None, False, "paid at the door and handed over"),
    ("AvailableForPickup", "AvailableForPickup_001", "available_for_pickup", None, True, "waits to be fetched"),
    ("Exception", "Exception_001", "exception", "unknown", False, "what is wrong is not given"),
    ("Exception", "Exception_002", "exception", "customer", True, "moved away: a new address is needed"),
    ("Exception", "Exception_003", "exception", "customer", False, "refused: nothing to do but wait for it"),
    ("Exception", "Exception_004", "exception", "customs", False, "customs takes its time"),
    ("Exception", "Exception_005", "exception", "force_majeure", False, "from outside, by none of the parties"),
    ("Exception", "Exception_006", "exception", "customer", True, "the customer has to pay first"),
    ("Exception", "Exception_007", "exception", "unknown", True, "a wrong address; whose mistake is not given"),
    ("Exception", "Exception_008", "exception", "customer", True, "not fetched, soon it goes back"),
    ("Exception", "Exception_009", "exception", "merchant", True, "packed against the carrier's rules"),
    ("Exception", "Exception_010", "return_to_sender", "unknown", False, "going back"),
    ("Exception", "Exception_011", "return_to_sender", "unknown", False, "is back"),
    ("Exception", "Exception_012", "exception", "carrier", False, "broken in the carrier's hands"),
    ("Exception", "Exception_013", "exception", "carrier", False, "lost in the carrier's hands"),
    ("Exception", "Exception_016", "exception", "carrier", False, "the carrier's sorting or vehicle"),
    ("Exception", "Exception_017", "exception", "force_majeure", False, "weather"),
    ("Exception", "Exception_018", "exception", "merchant", True, "who exports has to bring the papers"),
    ("AttemptFail", "AttemptFail_001", "attempt_failed", "unknown", False, "in vain; why is not given"),
    ("AttemptFail", "AttemptFail_002", "attempt_failed", "customer", False, "no person was there"),
    ("AttemptFail", "AttemptFail_003", "attempt_failed", "customer", False, "the business was closed"),
    ("InTransit", "InTransit_001", "in_transit", None, False, "on its way"),
    ("InTransit", "InTransit_002", "picked_up", None, False, "the carrier took it over"),
    ("InTransit", "InTransit_003", "in_transit", None, False, "a hub on the way"),
    ("InTransit", "InTransit_004", "in_transit", None, False, "in the country, not at the door"),
    ("InTransit", "InTransit_005", "in_transit", None, False, "customs let it go"),
    ("InTransit", "InTransit_006", "in_transit", None, False, "customs looks at it as at any parcel"),
    ("InTransit", "InTransit_007", "in_transit", None, False, "left a hub"),
    ("InTransit", "InTransit_008", "in_transit", None, False, "what was wrong is over"),
    ("InTransit", "InTransit_009", "in_transit", None, False, "sent on, so it moves"),
    ("InfoReceived", "InfoReceived_001", "pre_transit", None, False, "announced"),
    ("OutForDelivery", "OutForDelivery_001", "out_for_delivery", None, False, "on the van"),
    ("OutForDelivery", "OutForDelivery_003", "out_for_delivery", None, False, "the customer was called"),
    ("OutForDelivery", "OutForDelivery_004", "out_for_delivery", None, False, "a time was agreed"),
    ("Pending", "Pending_001", "unknown", None, False, "nothing known yet"),
    ("Pending", "Pending_002", "unknown", None, False, "a trouble of the tracking, not of the parcel"),
    ("Pending", "Pending_003", "unknown", None, False, "the same"),
    ("Pending", "Pending_004", "unknown", None, False, "the same: another carrier's number"),
    ("Pending", "Pending_005", "unknown", None, False, "the same"),
    ("Pending", "Pending_006", "unknown", None, False, "the same"),
    ("Expired", "Expired_001", "expired", "unknown", False, "thirty days without a word"),
]

TOGETHER: list[Row] = [
    ("Delivered", "InTransit_003", "delivered", None, False, "the tag is the firmer word"),
    ("Delivered", "Exception_007", "delivered", "unknown", False, "a delivered parcel needs no action"),
    ("InTransit", "Exception_010", "in_transit", "unknown", False, "going back is final: a sub-tag is too little"),
    ("InTransit", "Delivered_001", "in_transit", None, False, "only the tag says delivered"),
    ("InfoReceived", "InTransit_002", "picked_up", None, False, "the acceptance scan proves the hand-over"),
    ("Pending", "InTransit_001", "in_transit", None, False, "the tag says nothing, the sub-tag does"),
]

UNLISTED: list[Row] = [
    ("Exception", "Exception_099", "exception", "unknown", False, "a new sub-tag: its tag speaks"),
    ("InTransit", "InTransit_013", "in_transit", None, False, "the same, never guessed as late"),
    ("Delivered", "Delivered_005", "delivered", None, False, "the tag says so, whatever the sub-tag adds"),
    ("Returned", "Returned_001", "unknown", None, False, "a new tag means nothing"),
    ("Returned", "Exception_010", "return_to_sender", "unknown", False, "a new tag with a known sub-tag"),
    (None, "Delivered_001", "unknown", None, False, "a sub-tag alone never delivers"),
    (None, "Delivered_099", "unknown", None, False, "and an unlisted one even less"),
    ("delivered", None, "unknown", None, False, "another spelling is another word"),
    ("Delayed", None, "unknown", None, False, "never guessed as late"),
]

# A sub-tag alone has the meaning that it has under its tag, except that it never delivers: {sub-tag: meaning}.
ALONE: list[Row] = [
    (None, sub, "unknown" if ours == "delivered" else ours, fault, action, why)
    for _, sub, ours, fault, action, why in SUBTAGS
]
# fmt: on
