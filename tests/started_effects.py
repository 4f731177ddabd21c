"""Effects that the agenda started, kept for a test to execute."""


class StartedEffects:
    """Takes the place of the workflow."""

    def __init__(self) -> None:
        self.payments: list[str] = []
        self.polls: list[str] = []

    def start_payment(self, leg: str) -> None:
        self.payments.append(leg)

    def start_poll(self, parcel_id: str) -> None:
        self.polls.append(parcel_id)
