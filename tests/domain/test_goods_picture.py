"""Pictures of goods: only plain addresses by https are kept, and a page names few servers."""

import pytest
from pydantic import ValidationError

from domain.model.goods_picture import MAX_ORIGINS, picture_address, picture_origins
from domain.model.order import OrderLine
from pages.web.goods_pictures import goods_pictures
from tests.builders import gbp


def line(line_id: str, address: str | None) -> OrderLine:
    return OrderLine.model_validate(
        {
            "line_id": line_id,
            "sku": "S",
            "title": "T",
            "quantity": 1,
            "unit_price": gbp(100),
            "image_url": address,
        }
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://cdn.shopify.com/s/files/1/mug.jpg?v=17&width=64",
        "https://Shop.Example:8443/wp-content/uploads/%E6%9D%AF.png",
        "https://a.example/",
    ],
)
def test_a_plain_address_is_kept(address: str) -> None:
    assert picture_address(address) == address
    assert line("1", address).image_url == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://cdn.example/a.png",
        "//cdn.example/a.png",
        "https://cdn.example",
        "https://user:secret@cdn.example/a.png",
        "https://127.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://localhost/a.png",
        "https://cdn.example;script-src/*",
        "https://cdn.example/a.png' onerror='x",
        'https://cdn.example/a.png" onerror="x',
        "https://cdn.example/<script>",
        "https://cdn.example/a b.png",
        "https://cdn.example/a.png\r\nSet-Cookie: a=b",
        "https://cdn.example/a.png\n",
        "https://cdn.example\\@evil.example/a.png",
        "https://bücher.example/a.png",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "https://cdn.example/" + "a" * 500,
    ],
)
def test_any_other_text_is_refused(address: str) -> None:
    assert picture_address(address) is None
    with pytest.raises(ValidationError):
        line("1", address)


def test_the_policy_names_exactly_the_servers_of_the_pictures_that_are_shown() -> None:
    assert goods_pictures([line("1", None)]).headers == {}
    found = goods_pictures(
        [line("1", "https://A.example/1.png"), line("2", "https://a.example/2.png"), line("3", None)]
    )
    assert [*found.addresses] == ["1", "2"]
    assert "img-src 'self' https://a.example; " in found.headers["Content-Security-Policy"]
    many = [line(str(number), f"https://cdn{number}.example/1.png") for number in range(20)]
    assert len(picture_origins(one.image_url for one in many)) == MAX_ORIGINS
    assert len(goods_pictures(many).addresses) == MAX_ORIGINS
