"""How each user wants the console: single keys can be switched off (WCAG 2.1.4)."""

from dataclasses import dataclass

from store.merchants.console_settings import ConsoleSettings
from store.tables.all import ConsoleSettingsRow


@dataclass(frozen=True)
class ConsolePreferences:
    """Reads and changes the settings of one user."""

    settings: ConsoleSettings

    async def single_keys(self, merchant: str, user: str) -> bool:
        """Whether a single letter is a command."""
        return (await self.settings.of(merchant, user)).single_keys

    async def set_single_keys(self, merchant: str, user: str, on: bool) -> None:
        """Switch them on or off."""
        await self.settings.put(ConsoleSettingsRow(merchant=merchant, user=user, single_keys=on))
