"""What customers choose for a return, and what its money waits for."""

from typing import Literal

Resolution = Literal["refund", "store_credit", "exchange"]
ReturnMethod = Literal["drop_off", "mail"]
PayOn = Literal["drop_off", "sent", "receipt"]
"""
drop_off: money leaves when the customer hands the goods over.
sent: when a carrier has them, or the customer proved that they were sent.
receipt: when the warehouse has received and accepted them.
"""
