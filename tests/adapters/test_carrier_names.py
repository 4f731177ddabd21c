"""Carriers' names: shops, EasyPost and AfterShip each have their own, and all are one carrier."""

import pytest

from adapters.carriers.carrier_names import listed, same_carrier, table


@pytest.mark.parametrize(
    "names",
    [
        ("UPS", "ups", "United Parcel Service", "UPS®", "U.P.S."),
        ("USPS", "usps", "United States Postal Service"),
        ("DHL Express", "dhl", "DHLExpress"),
        ("DHL eCommerce", "dhl-global-mail", "DHLGlobalMail"),
        ("Canada Post", "canada-post", "CanadaPost", "canada_post"),
        ("Royal Mail", "royal-mail", "RoyalMail"),
        ("Evri", "Hermes UK", "myhermes-uk"),
        ("FedEx", "fedex", "FedexSmartPost", "Federal Express"),
        ("Colissimo", "La Poste", "la-poste-colissimo"),
        ("Sagawa (JA)", "sagawa", "佐川急便"),
        ("Österreichische Post", "austrian-post"),
        ("Acme Couriers", "acme-couriers"),
    ],
    ids=lambda names: names[0],
)
def test_all_names_of_a_carrier_are_the_same_carrier(names: tuple[str, ...]) -> None:
    assert all(same_carrier(names[0], name) for name in names)


@pytest.mark.parametrize(
    ("one", "other"),
    [("UPS", "USPS"), ("DHL Express", "DHL Paket"), ("dpd", "dpd-uk"), ("acme", "UPS"), ("-", "_")],
)
def test_names_of_two_carriers_are_not_the_same(one: str, other: str) -> None:
    assert not same_carrier(one, other)


def test_no_name_is_of_two_carriers_and_a_service_is_asked_with_its_own() -> None:
    assert all(same_carrier(own, name) for own, carrier in table().items() for name in carrier.all())
    assert (listed("DHL Express").aftership, listed("dhl").easypost) == ("dhl", "DHLExpress")
    assert listed("Acme Couriers").all() == ()
