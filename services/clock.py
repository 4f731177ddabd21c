"""Real time, for what does not follow a merchant's clock: signatures of deliveries, links, keys."""

from store.engine.columns import real_now

__all__ = ["real_now"]
