"""The meaning of the codes of the generic source and of sources that only middleware uses, written from their documentation.

Row: (status, detail, our status, fault or None for no reason, action required, why).
"""

from tests.adapters.easypost_expected import Row

# fmt: off
GENERIC: list[Row] = [
    (word, None, word, None, False, "our own word; reasons and who has to act the sender says itself")
    for word in (
        "pre_transit", "picked_up", "in_transit", "out_for_delivery", "attempt_failed", "available_for_pickup",
        "delivered", "return_to_sender", "exception", "cancelled", "expired", "unknown",
    )
]

SHIPPO: list[Row] = [
    ("UNKNOWN", None, "unknown", None, False, "Shippo itself does not know"),
    ("PRE_TRANSIT", None, "pre_transit", None, False, "a label exists"),
    ("TRANSIT", None, "in_transit", None, False, "the carrier has it"),
    ("DELIVERED", None, "delivered", None, False, "the only word for delivered"),
    ("RETURNED", None, "return_to_sender", "unknown", False, "going or gone back; why is not given"),
    ("FAILURE", None, "exception", "unknown", False, "something is wrong; what is not given"),
]

KARRIO: list[Row] = [
    ("pending", None, "pre_transit", None, False, "announced, not handed over"),
    ("picked_up", None, "picked_up", None, False, "the carrier took it over"),
    ("in_transit", None, "in_transit", None, False, "on its way"),
    ("out_for_delivery", None, "out_for_delivery", None, False, "on the van"),
    ("ready_for_pickup", None, "available_for_pickup", None, True, "the customer has to fetch it"),
    ("delivered", None, "delivered", None, False, "the only word for delivered"),
    ("on_hold", None, "exception", "unknown", True, "stands still until an action"),
    ("delivery_delayed", None, "in_transit", "unknown", False, "late, and still moving; by whom is not given"),
    ("delivery_failed", None, "exception", "unknown", False, "could not be delivered; a further attempt is not given"),
    ("return_to_sender", None, "return_to_sender", "unknown", False, "going back"),
    ("cancelled", None, "cancelled", "merchant", False, "a label is voided by who bought it"),
    ("unknown", None, "unknown", None, False, "nothing"),
    ("in_transit", "carrier_damaged_parcel", "in_transit", "carrier", False, "broken by the carrier"),
    ("in_transit", "carrier_sorting_error", "in_transit", "carrier", False, "sent the wrong way"),
    ("in_transit", "carrier_address_not_found", "in_transit", "carrier", True, "the carrier needs help to find it"),
    ("in_transit", "carrier_parcel_lost", "in_transit", "carrier", False, "lost by the carrier"),
    ("in_transit", "carrier_not_enough_time", "in_transit", "carrier", False, "the day was too short"),
    ("in_transit", "carrier_vehicle_issue", "in_transit", "carrier", False, "their van"),
    ("in_transit", "carrier_capacity_exceeded", "in_transit", "carrier", False, "too many parcels"),
    ("in_transit", "carrier_mechanical_delay", "in_transit", "carrier", False, "their machines"),
    ("pre_transit?", "retailer_cancelled", "unknown", "merchant", False, "called off by the shop; a reason is no status"),
    ("in_transit", "retailer_incorrect_data", "in_transit", "merchant", True, "the shop has to correct it"),
    ("pending", "retailer_not_ready", "pre_transit", "merchant", True, "the shop has to hand it over"),
    ("pending", "retailer_incorrect_parcel", "pre_transit", "merchant", True, "the shop has to pack another"),
    ("pending", "retailer_incorrect_dimensions", "pre_transit", "merchant", True, "the shop has to measure again"),
    ("in_transit", "retailer_packaging_issue", "in_transit", "merchant", True, "the shop has to pack it anew"),
    ("delivery_failed", "consignee_refused", "exception", "customer", False, "the customer said no"),
    ("delivery_failed", "consignee_business_closed", "exception", "customer", False, "no person was there"),
    ("delivery_failed", "consignee_not_available", "exception", "customer", False, "no person was there"),
    ("delivery_failed", "consignee_not_home", "exception", "customer", False, "no person was there"),
    ("delivery_failed", "consignee_cancelled", "exception", "customer", False, "the customer called it off"),
    ("delivery_failed", "consignee_verification_failed", "exception", "customer", True, "papers or a code are needed"),
    ("delivery_failed", "consignee_incorrect_address", "exception", "customer", True, "the address has to be put right"),
    ("delivery_failed", "consignee_access_restricted", "exception", "customer", True, "the customer has to open"),
    ("delivery_failed", "consignee_safe_place_unavailable", "exception", "customer", False, "no place to leave it"),
    ("in_transit", "customs_delay", "in_transit", "customs", False, "customs takes its time"),
    ("on_hold", "customs_documentation", "exception", "customs", True, "papers are missing"),
    ("on_hold", "customs_duties_unpaid", "exception", "customs", True, "the duties have to be paid"),
    ("delivery_failed", "customs_prohibited", "exception", "customs", False, "it may not enter"),
    ("in_transit", "customs_inspection", "in_transit", "customs", False, "customs looks inside"),
    ("in_transit", "weather_delay", "in_transit", "force_majeure", False, "no party's fault"),
    ("in_transit", "natural_disaster", "in_transit", "force_majeure", False, "no party's fault"),
    ("in_transit", "force_majeure", "in_transit", "force_majeure", False, "no party's fault"),
    ("in_transit", "parcel_being_researched", "in_transit", "unknown", False, "they look for it"),
    ("in_transit", "security_issue", "in_transit", "unknown", False, "whose is not given"),
    ("in_transit", "regulatory_hold", "in_transit", "unknown", False, "whose is not given"),
    ("in_transit", "unknown", "in_transit", None, False, "no reason is no reason"),
]

TRACKINGMORE: list[Row] = [
    ("pending", None, "unknown", None, False, "not tracked yet"),
    ("notfound", None, "unknown", None, False, "the carrier has not heard of it"),
    ("transit", None, "in_transit", None, False, "the carrier has it"),
    ("pickup", None, "out_for_delivery", None, False, "on the van or to be fetched: nobody is sent for nothing"),
    ("delivered", None, "delivered", None, False, "the only word for delivered"),
    ("undelivered", None, "attempt_failed", "unknown", False, "was at the door in vain"),
    ("exception", None, "exception", "unknown", False, "something is wrong"),
    ("expired", None, "expired", "unknown", False, "no end for 30 days, or 60 by post"),
    ("notfound", "notfound001", "pre_transit", None, False, "announced"),
    ("notfound", "notfound002", "unknown", None, False, "nothing at all"),
    ("transit", "transit001", "in_transit", None, False, "on its way"),
    ("transit", "transit002", "in_transit", None, False, "a hub"),
    ("transit", "transit003", "in_transit", None, False, "the last hub"),
    ("transit", "transit004", "in_transit", None, False, "in the country"),
    ("transit", "transit005", "in_transit", None, False, "customs let it go"),
    ("delivered", "delivered001", "delivered", None, False, "delivered"),
    ("delivered", "delivered002", "delivered", None, False, "fetched"),
    ("delivered", "delivered003", "delivered", None, False, "signed for"),
    ("delivered", "delivered004", "delivered", None, False, "left with a neighbour or in a box"),
    ("exception", "exception004", "exception", "customer", True, "not fetched"),
    ("exception", "exception005", "exception", "unknown", False, "what is wrong is not given"),
    ("exception", "exception006", "exception", "customs", False, "customs keeps it"),
    ("exception", "exception007", "exception", "carrier", False, "broken, lost or thrown away"),
    ("exception", "exception008", "exception", "merchant", False, "called off before it came"),
    ("exception", "exception009", "exception", "customer", False, "refused"),
    ("exception", "exception010", "return_to_sender", "unknown", False, "is back"),
    ("exception", "exception011", "return_to_sender", "unknown", False, "going back"),
]

EASYSHIP: list[Row] = [
    ("Lost by Courier", None, "exception", "carrier", False, "lost in the carrier's hands"),
    ("Liquidated", None, "exception", "unknown", False, "sold off: it will not come, and nobody has to act"),
    ("No Recent Tracking Updates", None, "unknown", None, False, "silence is not news of the parcel"),
    ("To be returned", None, "exception", "unknown", False, "not going back yet, so not final"),
]


def alone(rows: list[Row]) -> list[Row]:
    """The meaning of the details of these rows without a status: their own where they have one that is not delivered."""
    own = {"notfound001", "transit001", "transit002", "transit003", "transit004", "transit005"}
    own |= {f"exception{number:03}" for number in range(4, 12)}
    return [
        (None, detail, ours if detail in own else "unknown", fault if detail != "notfound002" else None, action, why)
        for _, detail, ours, fault, action, why in rows
        if detail is not None
    ]
# fmt: on
