"""What customers choose for a return: what they get for the goods, and how these come back."""

from typing import Literal

Resolution = Literal["refund", "store_credit", "exchange"]
ReturnMethod = Literal["drop_off", "mail"]
